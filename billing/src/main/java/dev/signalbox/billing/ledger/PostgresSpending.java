package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.Spending;
import java.math.BigDecimal;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// What was spent, summed from the records themselves; and the credit that accounts were given.
public final class PostgresSpending implements Spending {
  private static final String SPENT =
      """
      SELECT coalesce(sum(charged) FILTER (WHERE NOT byok), 0) AS total,
             coalesce(sum(charged) FILTER (WHERE NOT byok
               AND created_at >= date_trunc('day', now(), 'UTC')), 0) AS daily,
             coalesce(sum(charged) FILTER (WHERE NOT byok
               AND created_at >= date_trunc('week', now(), 'UTC')), 0) AS weekly,
             coalesce(sum(charged) FILTER (WHERE NOT byok
               AND created_at >= date_trunc('month', now(), 'UTC')), 0) AS monthly
      FROM usage_record WHERE key_hash = $1
      """;

  private final DatabaseClient database;

  public PostgresSpending(DatabaseClient database) {
    this.database = database;
  }

  @Override
  public Mono<Spent> of(String keyHash) {
    return database
        .sql(SPENT)
        .bind("$1", keyHash)
        .map(
            (row, _) ->
                new Spent(
                    amount(row, "total"),
                    amount(row, "daily"),
                    amount(row, "weekly"),
                    amount(row, "monthly"),
                    BigDecimal.ZERO,
                    BigDecimal.ZERO,
                    BigDecimal.ZERO,
                    BigDecimal.ZERO))
        .one();
  }

  private static BigDecimal amount(io.r2dbc.spi.Readable row, String name) {
    BigDecimal amount = row.get(name, BigDecimal.class);
    return amount == null ? BigDecimal.ZERO : amount;
  }

  @Override
  public Mono<Credits> ofAccount(UUID account) {
    return database
        .sql(
            """
            SELECT (SELECT coalesce(sum(usd), 0) FROM credit_grant WHERE account_id = $1) AS granted,
                   (SELECT coalesce(sum(charged), 0) FROM usage_record WHERE account_id = $1) AS used,
                   EXISTS (SELECT 1 FROM credit_grant
                           WHERE account_id = $1 AND usd > 0 AND kind = 'purchase') AS bought
            """)
        .bind("$1", account)
        .map(
            (row, _) ->
                new Credits(
                    amount(row, "granted"),
                    amount(row, "used"),
                    Boolean.TRUE.equals(row.get("bought", Boolean.class))))
        .one();
  }

  @Override
  public Mono<Void> topUp(UUID account, BigDecimal usd, String reason, String actor) {
    return database
        .sql("INSERT INTO credit_grant (account_id, usd, reason, actor) VALUES ($1, $2, $3, $4)")
        .bind("$1", account)
        .bind("$2", usd)
        .bind("$3", reason)
        .bind("$4", actor)
        .then();
  }
}
