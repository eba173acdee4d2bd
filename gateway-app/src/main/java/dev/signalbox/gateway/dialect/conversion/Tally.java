package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an answer's events add up to. Not thread-safe.
final class Tally {
  private final long promptTokens;
  private final Transcript transcript = new Transcript();
  private boolean started;
  private boolean called;
  private @Nullable Usage usage;
  private Event.@Nullable Stopped stopped;
  private @Nullable String upstreamId;
  private @Nullable String serviceTier;
  private @Nullable UpstreamFault fault;

  Tally(long promptTokens) {
    this.promptTokens = promptTokens;
  }

  void add(Event event) {
    switch (event) {
      case Event.Named(var id) -> upstreamId = id;
      case Event.TextMore(var text) -> visible(text);
      case Event.RefusalMore(var text) -> visible(text);
      case Event.ThoughtMore(_, var text, _) -> {
        started |= !text.isEmpty();
        transcript.thoughts(text);
      }
      case Event.ThoughtSigned _, Event.Annotated _, Event.Likelihoods _ -> {}
      case Event.ThoughtSealed _, Event.Pictured _, Event.AudioMore _ -> started = true;
      case Event.CallBegun(var call, _, var name) -> {
        started = true;
        called = true;
        transcript.called(call, name);
      }
      case Event.CallMore(var call, var arguments) -> {
        started |= !arguments.isEmpty();
        transcript.argued(call, arguments);
      }
      case Event.Stopped now -> stopped = now;
      case Event.Counted(var counted) -> usage = counted;
      case Event.Tiered(var tier) -> serviceTier = tier.equals("standard") ? "default" : tier;
      case Event.Failed(var failure) -> fault = fault == null ? failure : fault;
    }
  }

  private void visible(String text) {
    started |= !text.isEmpty();
    transcript.visible(text);
  }

  boolean started() {
    return started;
  }

  boolean failed() {
    return fault != null;
  }

  /// Returns why a whole answer ended whose provider does not say: it is there, so it is complete.
  Optional<Event> unsaidStop() {
    return stopped != null || fault != null || !started
        ? Optional.empty()
        : Optional.of(
            new Event.Stopped(
                called ? StopReason.TOOL_CALLS : StopReason.STOP, "", Optional.empty()));
  }

  Ending ending() {
    var stop = Optional.ofNullable(stopped);
    return new Ending(
        stopped != null && fault == null,
        usage == null ? estimate() : transcript.withThoughts(usage),
        usage != null,
        stop.map(at -> at.reason().key()),
        stop.map(Event.Stopped::raw).filter(raw -> !raw.isEmpty()),
        Optional.ofNullable(upstreamId),
        Optional.ofNullable(serviceTier),
        Optional.ofNullable(fault));
  }

  private Usage estimate() {
    return new Usage(
        promptTokens,
        0,
        0,
        0,
        0,
        tokens(transcript.visible()),
        tokens(transcript.thoughts()),
        0,
        0,
        0,
        0);
  }

  Transcript transcript() {
    return transcript;
  }

  private static long tokens(Transcript.Words words) {
    return Lengths.answerTokens(words.bytes());
  }
}
