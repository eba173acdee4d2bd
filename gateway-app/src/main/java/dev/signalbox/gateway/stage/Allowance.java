package dev.signalbox.gateway.stage;

import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.plan.Candidate;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/// How long a running stream may still grow, in tokens: more is set aside for it step by step. Not
/// thread-safe.
final class Allowance {
  /// What is set aside at once.
  static final long STEP_TOKENS = 1024;

  /// What will do where there is not as much: the last of a limit is drawn in small steps.
  private static final long[] STEPS = {STEP_TOKENS, 256, 64, 16};

  /// How soon before the end of what is set aside more is asked for.
  private static final long EARLY_TOKENS = 256;

  /// After a refusal, how much more of an answer is waited for before asking again.
  private static final long PAUSE_TOKENS = 16;

  private final Call call;
  private final Candidate candidate;
  private final Hold hold;

  /// What the prompt takes; null until the first words come: of an answer that comes whole there is
  /// nothing to allow.
  private @Nullable Dues prompt;

  private long covered;
  private long askAt;

  Allowance(Call call, Candidate candidate, Hold hold) {
    this.call = call;
    this.candidate = candidate;
    this.hold = hold;
  }

  /// Returns what the prompt takes, and reckons what is covered when it is first asked.
  private Dues prompt() {
    Dues known = prompt;
    if (known == null) {
      known = Charging.price(call, candidate, 0);
      prompt = known;
      Dues step = price(STEP_TOKENS, known);
      Dues left = hold.amount().minus(known);
      covered = Math.min(tokens(left.account(), step.account()), tokens(left.key(), step.key()));
      askAt = covered - EARLY_TOKENS;
    }
    return known;
  }

  private Dues price(long tokens, Dues prompt) {
    return Charging.price(call, candidate, tokens).minus(prompt);
  }

  private static long tokens(Money left, Money step) {
    return step.isZero()
        ? Long.MAX_VALUE
        : left.times(STEP_TOKENS).usd().divide(step.usd(), 0, RoundingMode.DOWN).longValue();
  }

  /// Returns whether an answer that is so long may go on.
  boolean covers(long tokens) {
    Dues beginning = prompt();
    if (tokens < askAt) {
      return true;
    }
    for (long step : STEPS) {
      if (hold.extend(price(step, beginning))) {
        covered += step;
        askAt = Math.max(covered - EARLY_TOKENS, tokens + PAUSE_TOKENS);
        return step == STEP_TOKENS || tokens < covered;
      }
    }
    askAt = tokens + PAUSE_TOKENS;
    return tokens < covered;
  }
}
