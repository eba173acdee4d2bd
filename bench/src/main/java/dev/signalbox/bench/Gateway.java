package dev.signalbox.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Something that stands between callers and a provider, running.
interface Gateway extends AutoCloseable {
  /// A word for tables.
  String name();

  /// The processes whose time and memory count.
  List<Long> processes();

  /// Where, with which headers, and under which model a provider's mode is reached.
  Address address(String mode);

  record Address(String url, Map<String, String> headers, String model) {}

  default Target target(String mode, int bytes) {
    Address address = address(mode);
    boolean stream = Mode.isStream(mode);
    return new Target(
        address.url(), address.headers(), Prompts.chat(address.model(), stream, bytes));
  }

  @Override
  void close() throws IOException;

  /// The provider's modes.
  final class Mode {
    static final List<String> ALL = List.of("plain", "burst", "timed", "slow", "work");

    private Mode() {}

    static boolean isStream(String mode) {
      return !mode.equals("plain") && !mode.equals("work");
    }
  }
}
