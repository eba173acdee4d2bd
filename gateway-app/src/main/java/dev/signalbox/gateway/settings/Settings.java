package dev.signalbox.gateway.settings;

import java.time.Duration;
import java.util.Locale;

/// Bounds of what operators set. Without them a value that means nothing would not stop the start,
/// but every request after it.
public final class Settings {
  private Settings() {}

  /// Returns what an operator calls a property in the environment.
  public static String variable(String property) {
    return property.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// Returns the value.
  ///
  /// @param variable the value's name in the environment
  /// @throws IllegalArgumentException if it is less than the least
  public static int atLeast(int least, String variable, int value) {
    atLeast((long) least, variable, value);
    return value;
  }

  /// Returns the value.
  ///
  /// @param variable the value's name in the environment
  /// @throws IllegalArgumentException if it is less than the least
  public static long atLeast(long least, String variable, long value) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s: %d (expected: %d or more)".formatted(variable, value, least));
    }
    return value;
  }

  /// Returns the value.
  ///
  /// @param variable the value's name in the environment
  /// @throws IllegalArgumentException if it is shorter than the least
  public static Duration atLeast(Duration least, String variable, Duration value) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          "%s: %s (expected: %s or more)".formatted(variable, said(value), said(least)));
    }
    return value;
  }

  /// `PT-5S` as operators write it, `-5s`.
  private static String said(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
