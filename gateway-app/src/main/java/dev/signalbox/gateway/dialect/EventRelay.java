package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.gateway.wire.SseFrames;
import dev.signalbox.gateway.wire.SseText;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// A relay of a stream whose events have a type and go to the caller under the same name.
public abstract class EventRelay implements Relay {
  private final SseFrames frames = new SseFrames(this::event);

  /// The words that were seen.
  protected final Transcript transcript = new Transcript();

  private ByteSink out = new ByteSink(0);
  private boolean started;
  private @Nullable UpstreamFault fault;

  /// Takes one event, and [passes][#pass] what the caller is to see of it.
  ///
  /// @param members of the data, for a look
  protected abstract void relay(String type, byte[] data, Members members);

  /// Returns whether the provider's last event was read.
  protected abstract boolean isOver();

  protected final void failed(UpstreamFault how) {
    fault = how;
  }

  protected final Optional<UpstreamFault> fault() {
    return Optional.ofNullable(fault);
  }

  /// The caller has something to see from here on.
  protected final void start() {
    started = true;
  }

  /// Returns about how many tokens the words were that were seen.
  protected final long seenTokens() {
    long seen = transcript.visible().bytes() + transcript.thoughts().bytes();
    return Lengths.answerTokens(seen);
  }

  protected final void pass(String type, byte[] data) {
    SseText.event(type, data, out);
  }

  @Override
  public final boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    this.out = out;
    try {
      frames.accept(piece, offset, length);
    } catch (SseFrames.OverlongException overlong) {
      failed(UpstreamFault.malformed("The provider sent " + overlong.getMessage()));
    }
    return isOver() || fault != null;
  }

  private void event(byte[] bytes, int length) {
    if (isOver() || fault != null || isDone(bytes, length)) {
      return;
    }
    byte[] data = Arrays.copyOf(bytes, length);
    try {
      Members members = Members.within(data, new Span(0, length));
      relay(members.text("type").orElse(""), data, members);
    } catch (MalformedJsonException | JacksonException _) {
      failed(UpstreamFault.malformed("The provider sent an event that is not JSON"));
    }
  }

  private static boolean isDone(byte[] bytes, int length) {
    return length == 6 && bytes[0] == '[' && bytes[1] == 'D';
  }

  @Override
  public final boolean started() {
    return started;
  }

  @Override
  public final Ending end() {
    if (!isOver() && fault == null) {
      frames.end();
    }
    return ending();
  }

  /// Tells what was read.
  protected abstract Ending ending();

  @Override
  public final void close(Receipt receipt, ByteSink out) {
    this.out = out;
    close(receipt);
  }

  /// [Passes][#pass] the last events of a complete answer.
  protected abstract void close(Receipt receipt);

  @Override
  public final void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    this.out = out;
    breakOff(fault, receipt);
  }

  /// [Passes][#pass] the last events of an answer that broke off.
  protected abstract void breakOff(UpstreamFault fault, Receipt receipt);

  /// Ends the stream with the mark that some clients wait for.
  protected final void done() {
    out.write("data: [DONE]\n\n");
  }
}
