package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.pricing.Money;
import reactor.core.publisher.Mono;

/// Records nothing and charges nobody: only for measuring what metering costs.
final class UnmeteredLedger implements Ledger {
  private record Free(ApiKey key) implements Hold {
    @Override
    public Money amount() {
      return Money.ZERO;
    }

    @Override
    public boolean extend(Money more) {
      return true;
    }

    @Override
    public Money cover(Money price) {
      return price;
    }
  }

  @Override
  public Mono<Hold> hold(ApiKey key, Money wanted, Money least) {
    return Mono.just(new Free(key));
  }

  @Override
  public Mono<Void> post(Hold hold, UsageRecord record) {
    return Mono.empty();
  }

  @Override
  public void release(Hold hold) {}
}
