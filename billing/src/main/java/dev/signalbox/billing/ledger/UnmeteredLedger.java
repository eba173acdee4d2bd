package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.flight.Flight;
import dev.signalbox.pricing.Money;
import reactor.core.publisher.Mono;

/// Records nothing and charges nobody: only for measuring what metering costs.
final class UnmeteredLedger implements Ledger {
  private record Free(ApiKey key) implements Hold {
    @Override
    public Dues amount() {
      return Dues.ZERO;
    }

    @Override
    public void dispatched(Flight flight) {}

    @Override
    public void progressed(long visibleBytes, long thoughtBytes) {}

    @Override
    public boolean extend(Dues more) {
      return true;
    }

    @Override
    public Money cover(Dues price) {
      return price.account();
    }
  }

  @Override
  public Mono<Hold> hold(ApiKey key, Dues wanted, Dues least) {
    return Mono.just(new Free(key));
  }

  @Override
  public Mono<Void> reach(Hold hold, Dues price) {
    return Mono.empty();
  }

  @Override
  public Mono<Void> post(Hold hold, UsageRecord record) {
    return Mono.empty();
  }

  @Override
  public void release(Hold hold) {}
}
