package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.Members.Span;
import java.util.List;
import java.util.Optional;

/// What tells conversations apart that have no name: how they open.
public final class Opening {
  private Opening() {}

  /// @param system what is said before the first turn
  /// @param first turn
  public static long hash(byte[] body, Optional<Span> system, Span first) {
    long hash = 0xcbf29ce484222325L;
    for (Optional<Span> span : List.of(system, Optional.of(first))) {
      if (span.isPresent()) {
        for (int i = span.get().from(); i < span.get().to(); i++) {
          hash = (hash ^ body[i]) * 0x100000001b3L;
        }
      }
    }
    return hash;
  }
}
