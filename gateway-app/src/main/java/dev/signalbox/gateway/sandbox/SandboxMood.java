package dev.signalbox.gateway.sandbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;

/// How a pretended provider behaves at the moment.
///
/// @param down every request fails
/// @param status of failures
/// @param failureRate share of requests that fail, of 1
record SandboxMood(
    boolean down, int status, double failureRate, Duration firstToken, Duration token) {
  private static final Set<String> FIELDS =
      Set.of("down", "status", "failure_rate", "first_token_ms", "token_ms");
  private static final int MAX_MILLIS = 600_000;

  static SandboxMood usual(int firstTokenMillis, int tokenMillis, double failureRate) {
    return new SandboxMood(
        false,
        503,
        failureRate,
        Duration.ofMillis(firstTokenMillis),
        Duration.ofMillis(tokenMillis));
  }

  /// Returns this mood with what an operator asks for changed.
  ///
  /// @throws SandboxRequest.Invalid if that cannot be understood
  SandboxMood changedBy(JsonNode asked) {
    if (!asked.isObject()) {
      throw new SandboxRequest.Invalid("the body is no JSON object");
    }
    for (String name : asked.propertyNames()) {
      if (!FIELDS.contains(name)) {
        throw new SandboxRequest.Invalid(
            "%s: unknown (expected: %s)"
                .formatted(name, String.join(", ", FIELDS.stream().sorted().toList())));
      }
    }
    if (asked.has("down") && !asked.path("down").isBoolean()) {
      throw new SandboxRequest.Invalid("down: not true or false");
    }
    return new SandboxMood(
        asked.path("down").asBoolean(down),
        (int) number(asked, "status", status, 400, 599),
        number(asked, "failure_rate", failureRate, 0, 1),
        Duration.ofMillis(
            (long) number(asked, "first_token_ms", firstToken.toMillis(), 0, MAX_MILLIS)),
        Duration.ofMillis((long) number(asked, "token_ms", token.toMillis(), 0, MAX_MILLIS)));
  }

  private static double number(JsonNode asked, String name, double now, double low, double high) {
    if (!asked.has(name)) {
      return now;
    }
    double value = asked.path(name).isNumber() ? asked.path(name).asDouble() : Double.NaN;
    if (!(value >= low && value <= high)) {
      throw new SandboxRequest.Invalid("%s: not a number from %s to %s".formatted(name, low, high));
    }
    return value;
  }

  /// Returns the status of this request's failure, if it fails.
  Optional<Integer> failure(RandomGenerator random) {
    return down || random.nextDouble() < failureRate ? Optional.of(status) : Optional.empty();
  }

  Map<String, Object> fields() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("down", down);
    fields.put("status", status);
    fields.put("failure_rate", failureRate);
    fields.put("first_token_ms", firstToken.toMillis());
    fields.put("token_ms", token.toMillis());
    return fields;
  }
}
