package dev.signalbox.gateway.stage;

import io.netty.channel.EventLoop;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where an answer goes: the caller's side of one request. Calls may come from any thread, one at a
/// time; after the last, more are ignored.
public interface Reply {
  /// Hears of the caller.
  interface Caller {
    /// A stream that was [full][Reply#isFull] has room again.
    void room();

    /// The caller has left before the end.
    void gone();

    /// Returns whether the answer is a stream.
    boolean wantsStream();
  }

  /// From here on, somebody wants to know how the caller does.
  void attach(Caller caller);

  /// Answers at once.
  void whole(int status, Map<String, String> headers, byte[] body);

  /// Opens a stream of server-sent events.
  void begin(Map<String, String> headers);

  /// Appends to a stream that was opened.
  void write(byte[] bytes);

  /// Returns whether more waits for the caller than should. The bound is the writer's to keep.
  boolean isFull();

  /// Ends a stream.
  void complete();

  /// The loop of the caller's connection; null where it is not known.
  @Nullable EventLoop loop();
}
