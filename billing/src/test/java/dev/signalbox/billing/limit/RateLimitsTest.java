package dev.signalbox.billing.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.billing.limit.Quota.Window;
import dev.signalbox.billing.limit.RateLimits.Claim;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.Midnight;
import dev.signalbox.db.PostgresFixture;
import io.r2dbc.pool.ConnectionPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Replicas that share quotas through a real database.
class RateLimitsTest {
  private static final Duration SOON = Eventually.PATIENCE;

  private final DatabaseAddress address = PostgresFixture.migrated();
  private final ConnectionPool pool = PostgresFixture.pool(address);
  private final AtomicInteger draws = new AtomicInteger();
  private final List<RateLimits> replicas = new ArrayList<>();

  @BeforeEach
  void start() {
    for (int i = 0; i < 3; i++) {
      replicas.add(new RateLimits(counted()));
    }
    awaitListeners();
  }

  private void awaitListeners() {
    DatabaseClient.create(pool)
        .sql(
            "SELECT count(*) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND query = 'LISTEN signalbox_permits'")
        .map(row -> row.get(0, Long.class))
        .one()
        .filter(count -> count == 3)
        .onErrorResume(_ -> reactor.core.publisher.Mono.empty())
        .repeatWhenEmpty(3_000, tries -> tries.delayElements(Duration.ofMillis(20)))
        .block(SOON);
  }

  @AfterEach
  void stop() {
    replicas.forEach(RateLimits::close);
    pool.dispose();
  }

  private Permits counted() {
    var real =
        new PostgresPermits(DatabaseClient.create(pool), DatabaseConfiguration.factory(address));
    return new Permits() {
      @Override
      public Mono<Slice> draw(Quota quota, long needed, long share) {
        draws.incrementAndGet();
        return real.draw(quota, needed, share);
      }

      @Override
      public Mono<Void> giveBack(Quota quota, Instant windowStart, long count) {
        return real.giveBack(quota, windowStart, count);
      }

      @Override
      public Mono<Void> recall(Quota quota) {
        return real.recall(quota);
      }

      @Override
      public Flux<String> recalls() {
        return real.recalls();
      }
    };
  }

  private static Claim request(String subject, long limit, Window window) {
    return new Claim(new Quota(subject, "test", limit, window), 1, false);
  }

  private static Claim tokens(String subject, long limit, long count) {
    return new Claim(new Quota(subject, "tokens", limit, Window.MINUTE), count, true);
  }

  private int allowed(int replica, int times, Claim claim) {
    return Flux.range(0, times)
        .flatMap(
            _ ->
                replicas
                    .get(replica)
                    .take(List.of(claim))
                    .map(_ -> 1)
                    .onErrorResume(RateLimitedException.class, _ -> Mono.just(0)),
            256)
        .reduce(0, Integer::sum)
        .blockOptional(SOON)
        .orElseThrow();
  }

  @Test
  void aBurstGetsItsLimitExactlyAndCostsFewCalls() {
    assertThat(allowed(0, 1000, request("burst", 600, Window.MINUTE))).isEqualTo(600);
    assertThat(draws.get()).isLessThan(60);
    assertThat(allowed(0, 1000, request("burst", 600, Window.MINUTE))).isZero();
  }

  @Test
  void replicasTogetherNeverExceedItUnderConcurrency() throws Exception {
    List<Thread> threads = new ArrayList<>();
    var total = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      int replica = i;
      threads.add(
          Thread.ofVirtual()
              .start(
                  () ->
                      total.addAndGet(allowed(replica, 500, request("all", 300, Window.MINUTE)))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(total.get()).isEqualTo(300);
  }

  @Test
  void whatOneReplicaHoldsAnotherGets() {
    // The first draws a fourth and uses one of it.
    assertThat(allowed(0, 1, request("held", 100, Window.MINUTE))).isEqualTo(1);
    assertThat(allowed(1, 1, request("held", 100, Window.MINUTE))).isEqualTo(1);
    assertThat(allowed(2, 98, request("held", 100, Window.MINUTE))).isEqualTo(98);
    assertThat(allowed(0, 5, request("held", 100, Window.MINUTE))).isZero();
    assertThat(allowed(1, 5, request("held", 100, Window.MINUTE))).isZero();
  }

  @Test
  void aDayEndsAtMidnightUtcAndARefusalSaysSo() throws Exception {
    Midnight.waitOutIfNear();
    Claim claim = request("day", 1, Window.DAY);
    assertThat(allowed(0, 1, claim)).isEqualTo(1);
    Instant midnight = Midnight.next();
    assertThatThrownBy(() -> replicas.get(1).take(List.of(claim)).block(SOON))
        .isInstanceOfSatisfying(
            RateLimitedException.class,
            refused -> {
              assertThat(refused.remaining()).isZero();
              assertThat(refused.reset())
                  .isBetween(midnight.minusSeconds(30), midnight.plusSeconds(30));
            });
  }

  @Test
  void aNewWindowBeginsAnew() {
    assertThat(allowed(0, 5, request("next", 2, Window.MINUTE))).isEqualTo(2);
    PostgresFixture.execute(
        address,
        "UPDATE permit_window SET window_start = window_start - interval '61 s'"
            + " WHERE subject = 'next'");
    assertThat(allowed(1, 5, request("next", 2, Window.MINUTE))).isEqualTo(2);
  }

  @Test
  void tokensThatWereNotUsedComeBackOnWhicheverReplica() {
    Ticket permit = replicas.get(0).take(List.of(tokens("t", 1000, 1000))).block(SOON);
    assertThatThrownBy(() -> replicas.get(1).take(List.of(tokens("t", 1000, 10))).block(SOON))
        .isInstanceOf(RateLimitedException.class);
    permit.settle(300);
    permit.settle(0);
    Ticket other =
        Mono.defer(() -> replicas.get(1).take(List.of(tokens("t", 1000, 700))))
            .retryWhen(reactor.util.retry.Retry.fixedDelay(200, Duration.ofMillis(200)))
            .block(SOON);
    assertThat(other).isNotNull();
    assertThatThrownBy(() -> replicas.get(2).take(List.of(tokens("t", 1000, 10))).block(SOON))
        .isInstanceOf(RateLimitedException.class);
  }

  @Test
  void allQuotasOrNone() {
    var plenty = request("plenty", 3, Window.MINUTE);
    var none = request("none", 1, Window.MINUTE);
    assertThat(allowed(0, 1, none)).isEqualTo(1);
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> replicas.get(0).take(List.of(plenty, none)).block(SOON))
          .isInstanceOf(RateLimitedException.class);
    }
    assertThat(allowed(0, 3, plenty)).isEqualTo(3);
  }

  @Test
  void withoutTheDatabaseEachReplicaAllowsItsLimit() {
    PostgresFixture.execute(address, "ALTER TABLE permit_window RENAME TO away");
    assertThat(allowed(0, 50, request("away", 10, Window.MINUTE))).isEqualTo(10);
    assertThat(allowed(1, 50, request("away", 10, Window.MINUTE))).isEqualTo(10);
    PostgresFixture.execute(address, "ALTER TABLE away RENAME TO permit_window");
    assertThat(draws.get()).isLessThan(20);
  }
}
