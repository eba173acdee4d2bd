package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.tokens.Tokenizer;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import java.util.function.Consumer;

/// What an answer consumed: as its provider says, unless it says nothing, or what cannot be
/// believed. Then the gateway's own count stands, and is marked as one.
final class Consumption {
  private Consumption() {}

  /// Tells `settle` what was consumed: at once where the provider's word is taken, else when the
  /// words are counted, on another thread.
  static void of(Tools tools, Call call, Try attempt, Ending ending, Consumer<Ending> settle) {
    boolean excessive = ending.usageReported() && isExcessive(call.glance(), ending.usage());
    // Some tell of the prompt at once, and of the answer only at its end.
    boolean partial = ending.usageReported() && !excessive && !ending.complete();
    if (ending.usageReported() && !excessive && !partial) {
      settle.accept(ending);
      return;
    }
    Optional<Transcript> transcript = attempt.relay.transcript();
    boolean absurd = excessive || transcript.map(Transcript::isDistrusted).orElse(false);
    tools
        .metrics()
        .countedOurselves(
            attempt.candidate.endpoint(), absurd ? "absurd" : partial ? "partial" : "missing");
    if (transcript.isEmpty()) {
      settle.accept(with(ending, ending.usage()));
      return;
    }
    Model model = attempt.candidate.endpoint().model();
    tools
        .tokens()
        .usage(
            attempt.fitted.glance(),
            transcript.get(),
            Tokenizer.of(model.architecture().tokenizer(), model.slug()),
            ending.usage())
        .subscribe(
            usage -> settle.accept(with(ending, partial ? atLeast(ending.usage(), usage) : usage)));
  }

  /// An answer cannot be longer than was asked for, unless there were several.
  private static boolean isExcessive(Glance glance, Usage usage) {
    return glance.maxTokens().isPresent()
        && usage.completionTokens() > glance.maxTokens().getAsLong()
        && !glance.members().has("n")
        && !glance.members().has("best_of");
  }

  /// What was told, with the answer no shorter than what came of it.
  private static Usage atLeast(Usage told, Usage counted) {
    return told.withText(
        Math.max(told.visible(), counted.visible()),
        Math.max(told.reasoning(), counted.reasoning()));
  }

  private static Ending with(Ending ending, Usage usage) {
    return new Ending(
        ending.complete(),
        usage,
        false,
        ending.finishReason(),
        ending.nativeFinishReason(),
        ending.upstreamId(),
        ending.serviceTier(),
        ending.fault());
  }
}
