package dev.signalbox.gateway.wire;

/// Bytes that are not the JSON they should be.
public final class MalformedJsonException extends RuntimeException {
  MalformedJsonException(String what, int offset) {
    super("%s at byte %d".formatted(what, offset), null, false, false);
  }
}
