package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.Unstreamed;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.wire.ByteSink;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Reads a provider's answer into events, and writes each as it comes.
final class ConvertingRelay implements Relay {
  private static final int MAX_PLAIN_BYTES = 64 * 1024 * 1024;

  private final Framing framing;
  private final AnswerReader reader;
  private final AnswerWriter writer;
  private final boolean stream;
  private final Tally tally;
  private final ByteSink whole = new ByteSink(1024);
  private final ByteSink late = new ByteSink(256);
  private final Unstreamed unstreamed = new Unstreamed();
  private boolean over;
  private @Nullable Ending ending;

  ConvertingRelay(
      Framing framing,
      AnswerReader reader,
      AnswerWriter writer,
      boolean stream,
      long promptTokens) {
    this.framing = framing;
    this.reader = reader;
    this.writer = writer;
    this.stream = stream;
    this.tally = new Tally(promptTokens);
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    if (over) {
      return true;
    }
    if (!stream) {
      whole.write(piece, offset, length);
      if (whole.length() > MAX_PLAIN_BYTES) {
        fail("The provider's answer is too long.");
      }
      return over;
    }
    if (unstreamed.takes(piece, offset, length)) {
      if (unstreamed.isTooLong()) {
        fail("The provider's answer is too long.");
      }
      return over;
    }
    guarded(() -> over |= framing.accept(piece, offset, length, frames(out)));
    return over;
  }

  private Framing.Frames frames(ByteSink out) {
    return (name, data) -> frame(name, data, out);
  }

  private boolean frame(String name, byte[] data, ByteSink out) {
    if (isDone(data)) {
      // Some never say why they ended, but that they did.
      tally.unsaidStop().ifPresent(stop -> take(stop, out));
      return true;
    }
    boolean last = reader.frame(name, Json.parse(data), event -> take(event, out));
    return last || tally.failed();
  }

  private static boolean isDone(byte[] data) {
    return data.length == 6 && new String(data, StandardCharsets.US_ASCII).equals("[DONE]");
  }

  private void take(Event event, ByteSink out) {
    tally.add(event);
    writer.write(event, out);
  }

  /// Runs what reads a provider's bytes: whatever they make it throw is the provider's fault.
  private void guarded(Runnable reading) {
    try {
      reading.run();
    } catch (UnreadableException unreadable) {
      fail(unreadable.getMessage());
    } catch (JacksonException notJson) {
      fail("The provider sent what is not JSON.");
    } catch (RuntimeException unexpected) {
      fail("The provider sent an answer that cannot be read.");
    }
  }

  private void fail(@Nullable String message) {
    over = true;
    tally.add(
        new Event.Failed(
            new UpstreamFault(
                502,
                "provider_unavailable",
                message == null ? "Provider returned error" : message,
                Optional.empty())));
  }

  @Override
  public boolean started() {
    return tally.started();
  }

  @Override
  public Ending end() {
    if (ending == null) {
      if (!over) {
        guarded(this::readRest);
      }
      over = true;
      ending = tally.ending();
    }
    return ending;
  }

  @Override
  public boolean cutShort() {
    over = true;
    take(new Event.Stopped(StopReason.LENGTH, "token_limit_exceeded", Optional.empty()), late);
    return true;
  }

  @Override
  public Optional<Transcript> transcript() {
    return Optional.of(tally.transcript());
  }

  private void readRest() {
    if (stream && !unstreamed.isThere()) {
      framing.end(frames(late));
      return;
    }
    byte[] answer = stream ? unstreamed.whole() : whole.drain();
    if (answer.length > 0) {
      reader.whole(Json.parse(answer), event -> take(event, late));
      tally.unsaidStop().ifPresent(stop -> take(stop, late));
    }
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    out.write(late.drain());
    writer.close(end(), receipt, out);
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    out.write(late.drain());
    writer.breakOff(end(), fault, receipt, out);
  }
}
