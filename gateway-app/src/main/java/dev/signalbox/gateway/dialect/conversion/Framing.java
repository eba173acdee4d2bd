package dev.signalbox.gateway.dialect.conversion;

/// Cuts one stream into frames, wherever the network cut it. Not thread-safe.
public interface Framing {
  /// Takes frames.
  interface Frames {
    /// @param name empty where there is none
    /// @return whether it was the last
    boolean frame(String name, byte[] data);
  }

  /// @return whether the last frame was seen
  /// @throws UnreadableException if these are no frames
  boolean accept(byte[] piece, int offset, int length, Frames frames);

  /// Reads what is left when the stream ends.
  default void end(Frames frames) {}
}
