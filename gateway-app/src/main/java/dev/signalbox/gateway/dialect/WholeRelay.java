package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.MalformedJsonException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// A relay of an answer that is no stream: read to its end before anything of it is shown.
public abstract class WholeRelay implements Relay {
  private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

  private final ByteSink body = new ByteSink(4096);
  private boolean over;
  private @Nullable UpstreamFault fault;

  /// Reads the whole answer, or says how it [failed][#failed].
  ///
  /// @throws MalformedJsonException or a [JacksonException], if it is not JSON
  protected abstract void read(byte[] answer);

  /// Looks at an answer that is not JSON, or not all of it.
  protected void unreadable(byte[] answer) {}

  /// Tells what was read.
  ///
  /// @param fault why it is no answer, if it is none
  protected abstract Ending ending(Optional<UpstreamFault> fault);

  protected final void failed(UpstreamFault how) {
    fault = how;
  }

  protected final boolean hasFailed() {
    return fault != null;
  }

  @Override
  public final boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    if (body.length() + length > MAX_ANSWER_BYTES) {
      failed(UpstreamFault.malformed("The provider's answer is too large"));
      return true;
    }
    body.write(piece, offset, length);
    return false;
  }

  @Override
  public final boolean started() {
    return false;
  }

  @Override
  public final Ending end() {
    if (!over && fault == null) {
      over = true;
      byte[] answer = unmarked(body.drain());
      try {
        read(answer);
      } catch (MalformedJsonException | JacksonException _) {
        unreadable(answer);
        failed(UpstreamFault.malformed("The provider's answer is not JSON"));
      }
    }
    return ending(Optional.ofNullable(fault));
  }

  /// Returns an answer without the mark of its byte order, which is no part of JSON.
  private static byte[] unmarked(byte[] answer) {
    boolean marked =
        answer.length > 3
            && answer[0] == (byte) 0xEF
            && answer[1] == (byte) 0xBB
            && answer[2] == (byte) 0xBF;
    return marked ? Arrays.copyOfRange(answer, 3, answer.length) : answer;
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    throw new IllegalStateException("breakOff: a whole answer never begins before it is complete");
  }
}
