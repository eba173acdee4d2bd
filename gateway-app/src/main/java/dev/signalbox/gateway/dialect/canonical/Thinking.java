package dev.signalbox.gateway.dialect.canonical;

import dev.signalbox.gateway.problem.Problem;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// How much a model shall reason, and whether the caller wants to read it.
///
/// @param effort `max xhigh high medium low minimal none`
/// @param maxTokens a budget
/// @param enabled said outright
public record Thinking(
    Optional<String> effort,
    OptionalLong maxTokens,
    boolean exclude,
    Optional<Boolean> enabled,
    Optional<String> summary) {
  public static final Thinking UNSAID =
      new Thinking(
          Optional.empty(), OptionalLong.empty(), false, Optional.empty(), Optional.empty());

  public static final long LEAST_BUDGET = 1024;
  private static final long GREATEST_BUDGET = 128_000;
  private static final Map<String, Integer> PERCENT =
      Map.of("max", 95, "xhigh", 95, "high", 80, "medium", 50, "low", 20, "minimal", 10);

  /// Returns whether the caller wants reasoning.
  public boolean wanted() {
    return !off() && (effort.isPresent() || maxTokens.isPresent() || enabled.orElse(false));
  }

  /// Returns whether the caller wants none.
  public boolean off() {
    return effort.equals(Optional.of("none"))
        || !enabled.orElse(true)
        || (maxTokens.isPresent() && maxTokens.getAsLong() == 0);
  }

  /// Returns the effort asked for; a wish without one is medium.
  public String effortOrMedium() {
    return effort.filter(PERCENT::containsKey).orElse("medium");
  }

  /// Returns the [#budget] that fits under the answer's cap; 0 where not even the least does.
  ///
  /// @throws dev.signalbox.gateway.problem.Problem 400, if the caller's own budget does not fit
  public long budgetWithin(long cap) {
    long budget = budget(cap);
    if (budget < cap) {
      return budget;
    }
    if (maxTokens.isPresent()) {
      throw Problem.invalidRequest(
          "max_tokens: %d (expected: more than the %d tokens of reasoning)".formatted(cap, budget));
    }
    return LEAST_BUDGET < cap ? LEAST_BUDGET : 0;
  }

  /// Returns the effort asked for; a budget's share of the answer's cap tells it, too.
  public String effortWithin(long cap) {
    if (effort.isPresent() || maxTokens.isEmpty() || cap <= 0) {
      return effort.orElse("medium");
    }
    long percent = Math.min(100, maxTokens.getAsLong() * 100 / cap);
    return percent >= 90
        ? "xhigh"
        : percent >= 65 ? "high" : percent >= 35 ? "medium" : percent >= 15 ? "low" : "minimal";
  }

  /// Returns the budget in tokens: as asked, else the effort's share of the answer's cap.
  public long budget(long cap) {
    if (maxTokens.isPresent()) {
      return Math.max(LEAST_BUDGET, maxTokens.getAsLong());
    }
    int percent = PERCENT.getOrDefault(effortOrMedium(), 50);
    long share = cap / 100 * percent + cap % 100 * percent / 100;
    return Math.max(LEAST_BUDGET, Math.min(GREATEST_BUDGET, share));
  }
}
