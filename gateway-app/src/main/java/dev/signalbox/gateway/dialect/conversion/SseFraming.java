package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.wire.SseFrames;
import java.util.Arrays;

/// Cuts server-sent events into their name and data. Not thread-safe.
public final class SseFraming implements Framing {
  private final SseFrames events = new SseFrames(this::event);
  private Frames frames = (_, _) -> false;
  private boolean over;

  private void event(byte[] bytes, int length) {
    if (!over) {
      over = frames.frame(events.name(), Arrays.copyOf(bytes, length));
    }
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, Frames frames) {
    this.frames = frames;
    try {
      events.accept(piece, offset, length);
    } catch (SseFrames.OverlongException _) {
      throw new UnreadableException("The provider sent an event that is too long.");
    }
    return over;
  }

  @Override
  public void end(Frames frames) {
    this.frames = frames;
    events.end();
  }
}
