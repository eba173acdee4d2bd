package dev.signalbox.billing.limit;

import dev.signalbox.billing.limit.RateLimits.Claim;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a request took of its quotas.
public sealed interface Ticket {
  Ticket NONE = new None();

  /// The request is over, and used so many tokens.
  void settle(long tokens);

  /// The request did not take place.
  void cancel();

  /// Of a request without quotas.
  record None() implements Ticket {
    @Override
    public void settle(long tokens) {}

    @Override
    public void cancel() {}
  }

  /// Of a request with some. Settled or cancelled once; what comes after changes nothing.
  final class Held implements Ticket {
    private final List<Claim> claims;
    private final List<PermitLease.Taken> taken;
    private final AtomicBoolean over = new AtomicBoolean();

    Held(List<Claim> claims, List<PermitLease.Taken> taken) {
      this.claims = claims;
      this.taken = taken;
    }

    @Override
    public void settle(long tokens) {
      if (over.compareAndSet(false, true)) {
        for (int i = 0; i < taken.size(); i++) {
          Claim claim = claims.get(i);
          taken.get(i).settle(claim.tokens() ? tokens : claim.count());
        }
      }
    }

    @Override
    public void cancel() {
      if (over.compareAndSet(false, true)) {
        taken.forEach(one -> one.settle(0));
      }
    }
  }
}
