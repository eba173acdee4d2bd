package dev.signalbox.gateway.stage;

import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.plan.Candidate;
import java.math.RoundingMode;
import java.util.stream.LongStream;

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

  private final Hold hold;
  private final Dues[] steps;
  private long covered;
  private long askAt;

  private Allowance(Hold hold, Dues[] steps, long covered) {
    this.hold = hold;
    this.steps = steps;
    this.covered = covered;
    this.askAt = covered - EARLY_TOKENS;
  }

  static Allowance of(Call call, Candidate candidate, Hold hold) {
    Dues prompt = Charging.price(call, candidate, 0);
    Dues[] steps =
        LongStream.of(STEPS)
            .mapToObj(tokens -> Charging.price(call, candidate, tokens).minus(prompt))
            .toArray(Dues[]::new);
    Dues step = steps[0];
    Dues left = hold.amount().minus(prompt);
    long covered = Math.min(tokens(left.account(), step.account()), tokens(left.key(), step.key()));
    return new Allowance(hold, steps, covered);
  }

  private static long tokens(Money left, Money step) {
    return step.isZero()
        ? Long.MAX_VALUE
        : left.times(STEP_TOKENS).usd().divide(step.usd(), 0, RoundingMode.DOWN).longValue();
  }

  /// Returns whether an answer that is so long may go on.
  boolean covers(long tokens) {
    if (tokens < askAt) {
      return true;
    }
    for (int i = 0; i < steps.length; i++) {
      if (hold.extend(steps[i])) {
        covered += STEPS[i];
        askAt = Math.max(covered - EARLY_TOKENS, tokens + PAUSE_TOKENS);
        return i == 0 || tokens < covered;
      }
    }
    askAt = tokens + PAUSE_TOKENS;
    return tokens < covered;
  }
}
