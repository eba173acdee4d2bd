package dev.signalbox.billing.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// What accounts ever bought, as of some seconds ago.
public final class BoughtCredit {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final DatabaseClient database;
  private final Cache<UUID, BigDecimal> fresh =
      Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(Duration.ofSeconds(5)).build();
  private final Cache<UUID, BigDecimal> last =
      Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(Duration.ofDays(1)).build();

  public BoughtCredit(DatabaseClient database) {
    this.database = database;
  }

  /// Returns dollars; while the database does not answer, the figure before, or none.
  public Mono<BigDecimal> of(UUID account) {
    BigDecimal known = fresh.getIfPresent(account);
    if (known != null) {
      return Mono.just(known);
    }
    return database
        .sql(
            "SELECT coalesce(sum(usd), 0) FROM credit_grant"
                + " WHERE account_id = :account AND kind = 'purchase'")
        .bind("account", account)
        .map(row -> Objects.requireNonNull(row.get(0, BigDecimal.class)))
        .one()
        .timeout(PATIENCE)
        .doOnNext(
            sum -> {
              fresh.put(account, sum);
              last.put(account, sum);
            })
        .onErrorResume(
            _ -> {
              BigDecimal before = last.getIfPresent(account);
              return Mono.just(before == null ? BigDecimal.ZERO : before);
            });
  }
}
