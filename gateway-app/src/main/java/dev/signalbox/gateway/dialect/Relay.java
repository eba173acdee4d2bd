package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.ByteSink;
import java.util.Optional;

/// Carries one answer from a provider to a caller as it comes, and notices its usage. Not
/// thread-safe.
///
/// The last bytes (a stream's usage and end mark, a plain answer's whole body) are given out only
/// by [#close], after the generation is recorded. The order of calls is `accept* → end → (close |
/// breakOff)`.
public interface Relay {
  /// Reads the next piece of the provider's body, cut anywhere, and appends to `out` what can go to
  /// the caller now.
  ///
  /// @return whether the provider's answer is over, though its connection may stay open
  boolean accept(byte[] piece, int offset, int length, ByteSink out);

  /// Returns whether a part of the answer was read that a caller would notice: from here on, no
  /// other endpoint can be tried. A role, a comment or an error is no such part.
  boolean started();

  /// Ends the reading, by the provider's wish, a broken connection or the caller's leaving, and
  /// tells what was read.
  Ending end();

  /// Ends a stream where it is, as one that has reached its greatest length: its caller can pay for
  /// no more. Instead of [#end], which then tells so. Only for answers that have
  /// [started][#started].
  ///
  /// @return false if it has no words for that: then it goes on
  default boolean cutShort() {
    return false;
  }

  /// Returns the answer's words, for a count where the provider's own is missing or absurd; asked
  /// for after [#end]. Without any, the usage of [#end] stands.
  default Optional<Transcript> transcript() {
    return Optional.empty();
  }

  /// Returns the answer's tool calls, if it has any; asked for after [#end].
  default Optional<ToolCalls> toolCalls() {
    return transcript().flatMap(Transcript::toolCalls);
  }

  /// Returns whether an answer that has [not started][#started] can be given out though it failed:
  /// what came of it was worth something. Then [#breakOff] gives all of it.
  default boolean isPartial() {
    return false;
  }

  /// Appends the last bytes of a complete answer.
  void close(Receipt receipt, ByteSink out);

  /// Appends the last bytes of an answer that broke off after it had [started][#started]: the
  /// contract's error chunk. If it is [partial][#isPartial], all of it.
  void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out);
}
