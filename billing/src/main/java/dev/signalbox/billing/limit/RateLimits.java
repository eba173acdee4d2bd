package dev.signalbox.billing.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The limits that hold across replicas, without a call to the database per request.
public final class RateLimits implements AutoCloseable {
  private static final int MOST_SUBJECTS = 200_000;

  private final Permits permits;
  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private final Cache<String, PermitLease> leases =
      Caffeine.newBuilder()
          .executor(Runnable::run)
          .maximumSize(MOST_SUBJECTS)
          .expireAfterAccess(Duration.ofHours(25))
          .build();
  private final Disposable listening;

  public RateLimits(Permits permits) {
    this.permits = permits;
    listening =
        permits
            .recalls()
            .flatMap(
                subject -> {
                  PermitLease lease = leases.getIfPresent(subject);
                  return lease == null
                      ? Mono.empty()
                      : lease.returnAll().onErrorResume(_ -> Mono.empty());
                })
            .subscribe();
  }

  /// Takes one request's permits of every quota, or of none.
  ///
  /// @param quotas with how many of each
  /// @return fails with [RateLimitedException]
  public Mono<Ticket> take(List<Claim> quotas) {
    if (quotas.isEmpty()) {
      return Mono.just(Ticket.NONE);
    }
    var taken = new ArrayList<PermitLease.Taken>();
    return Flux.fromIterable(quotas)
        .concatMap(claim -> lease(claim.quota()).take(claim.quota(), claim.count()))
        .doOnNext(taken::add)
        .then(Mono.<Ticket>fromSupplier(() -> new Ticket.Held(quotas, taken)))
        .doOnError(_ -> taken.forEach(one -> one.settle(0)))
        .doOnCancel(() -> taken.forEach(one -> one.settle(0)));
  }

  private PermitLease lease(Quota quota) {
    return leases.get(quota.subject(), _ -> new PermitLease(permits, quota));
  }

  /// @param tokens whether they are tokens, of which as many count as were used
  public record Claim(Quota quota, long count, boolean tokens) {}

  @Override
  public void close() {
    listening.dispose();
  }
}
