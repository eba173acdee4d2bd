package dev.signalbox.bench;

import java.util.List;
import java.util.Map;

/// No gateway at all: the provider itself.
record Direct(int port, long pid) implements Gateway {
  @Override
  public String name() {
    return "direct";
  }

  @Override
  public List<Long> processes() {
    return List.of(pid);
  }

  @Override
  public Address address(String mode) {
    return passing(port, mode);
  }

  /// The address at a gateway that passes paths on as they are.
  static Address passing(int port, String mode) {
    return new Address(
        "http://127.0.0.1:%d/%s/v1/chat/completions".formatted(port, mode),
        Map.of("Content-Type", "application/json", "Authorization", "Bearer bench"),
        "up");
  }

  @Override
  public void close() {}
}
