package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Endpoint;
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
  /// More contexts than one answer fills, however often its provider went round with tools of its
  /// own; and more searches than one answer is made of.
  private static final long MOST_CONTEXTS = 16;

  private static final long MOST_SEARCHES = 1_000;

  private Consumption() {}

  /// Tells `settle` what was consumed: at once where the provider's word is taken, else when the
  /// words are counted, on another thread.
  static void of(Tools tools, Call call, Try attempt, Ending ending, Consumer<Ending> settle) {
    boolean excessive =
        ending.usageReported()
            && isExcessive(call.glance(), attempt.candidate.endpoint(), ending.usage());
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

  /// Returns whether no answer of an endpoint can have consumed so much.
  static boolean isExcessive(Glance glance, Endpoint endpoint, Usage usage) {
    // Each input of many has a context of its own; no token is less than a byte.
    long most = Math.max(MOST_CONTEXTS * endpoint.contextLength(), glance.body().length());
    boolean several = glance.members().has("n") || glance.members().has("best_of");
    long tokens = several ? usage.promptTokens() : usage.totalTokens();
    return tokens > most
        || usage.webSearches() > MOST_SEARCHES
        || (!several && isLongerThanAsked(glance, usage));
  }

  private static boolean isLongerThanAsked(Glance glance, Usage usage) {
    return glance.maxTokens().isPresent()
        && usage.completionTokens() > glance.maxTokens().getAsLong();
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
