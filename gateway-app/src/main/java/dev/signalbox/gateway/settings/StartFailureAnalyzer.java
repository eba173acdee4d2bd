package dev.signalbox.gateway.settings;

import dev.signalbox.gateway.offer.InvalidCatalogException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/// Tells in a sentence of a setting or a catalog that stops the start, where it would else end in a
/// stack trace of every bean that had to wait for it.
final class StartFailureAnalyzer implements FailureAnalyzer {
  private static final String OURS = "dev.signalbox.";
  private static final String ACTION = "Put that right, and start again.";
  private static final int MOST_CAUSES = 100;

  @Override
  public @Nullable FailureAnalysis analyze(Throwable failure) {
    Throwable cause = failure;
    InjectionPoint point = null;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      switch (cause) {
        case InvalidCatalogException catalog -> {
          return new FailureAnalysis(
              "The catalog cannot be used:\n" + catalog.getMessage(),
              "Correct the files that SIGNALBOX_CATALOG names (docs/catalog.md).",
              failure);
        }
        case UnsatisfiedDependencyException waiting -> point = waiting.getInjectionPoint();
        case TypeMismatchException mismatch -> {
          return ofMismatch(point, mismatch.getRequiredType(), mismatch.getValue(), failure);
        }
        case SQLException refused -> {
          return new FailureAnalysis(
              "The database refuses: %s (%s)"
                  .formatted(refused.getMessage(), refused.getSQLState()),
              "See SIGNALBOX_DATABASE_URL, and the database's log.",
              failure);
        }
        default -> {
          if (isRefusal(cause)) {
            return new FailureAnalysis(said(cause), ACTION, failure);
          }
        }
      }
      cause = cause.getCause();
    }
    return null;
  }

  /// Whether our own code refused what it was given: what it throws so has words for operators.
  private static boolean isRefusal(Throwable cause) {
    StackTraceElement[] trace = cause.getStackTrace();
    return (cause instanceof IllegalArgumentException
            || cause instanceof IllegalStateException
            || cause instanceof UncheckedIOException)
        && trace.length > 0
        && trace[0].getClassName().startsWith(OURS)
        && cause.getMessage() != null;
  }

  /// Its words, with the disk's where it leaves them out.
  private static String said(Throwable refusal) {
    String words = String.valueOf(refusal.getMessage());
    return refusal.getCause() instanceof IOException disk
            && !words.contains(String.valueOf(disk.getMessage()))
        ? words + " (" + disk + ")"
        : words;
  }

  private static @Nullable FailureAnalysis ofMismatch(
      @Nullable InjectionPoint point,
      @Nullable Class<?> type,
      @Nullable Object value,
      Throwable failure) {
    Value setting = point == null ? null : point.getAnnotation(Value.class);
    if (setting == null || type == null) {
      return null;
    }
    String property = setting.value().replaceAll("^\\$\\{([^:}]*).*", "$1");
    return new FailureAnalysis(
        "%s: %s (expected: %s)".formatted(Settings.variable(property), value, expected(type)),
        ACTION,
        failure);
  }

  private static String expected(Class<?> type) {
    if (type == Duration.class) {
      return "a time, such as 30s or 10m";
    }
    return type == int.class || type == long.class ? "a whole number" : "a number";
  }
}
