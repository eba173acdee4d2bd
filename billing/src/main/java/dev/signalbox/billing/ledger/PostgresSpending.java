package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.Spending;
import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// What was spent, as the ledger's daily sums have it; and the credit that accounts were given.
public final class PostgresSpending implements Spending {
  static final String SPENT =
      """
      SELECT coalesce(sum(charged), 0) AS total,
             coalesce(sum(charged) FILTER (WHERE day >= today), 0) AS daily,
             coalesce(sum(charged) FILTER (WHERE day >= date_trunc('week', today)), 0) AS weekly,
             coalesce(sum(charged) FILTER (WHERE day >= date_trunc('month', today)), 0) AS monthly,
             coalesce(sum(byok_upstream), 0) AS byok_total,
             coalesce(sum(byok_upstream) FILTER (WHERE day >= today), 0) AS byok_daily,
             coalesce(sum(byok_upstream)
               FILTER (WHERE day >= date_trunc('week', today)), 0) AS byok_weekly,
             coalesce(sum(byok_upstream)
               FILTER (WHERE day >= date_trunc('month', today)), 0) AS byok_monthly
      FROM usage_key_day, (SELECT (now() AT TIME ZONE 'UTC')::date::timestamp AS today) AS clock
      WHERE key_hash = $1
      """;

  static final String CREDITS =
      """
      SELECT (SELECT coalesce(sum(usd), 0) FROM credit_grant WHERE account_id = $1) AS granted,
             coalesce(
               (SELECT settled FROM credit_pot
                WHERE account_id = $1 AND key_hash IS NULL AND reset = 'none'),
               (SELECT sum(charged) FROM usage_rollup WHERE account_id = $1),
               0) AS used,
             EXISTS (SELECT 1 FROM credit_grant
                     WHERE account_id = $1 AND usd > 0 AND kind = 'purchase') AS bought
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
                    amount(row, "byok_total"),
                    amount(row, "byok_daily"),
                    amount(row, "byok_weekly"),
                    amount(row, "byok_monthly")))
        .one();
  }

  private static BigDecimal amount(Readable row, String name) {
    BigDecimal amount = row.get(name, BigDecimal.class);
    return amount == null ? BigDecimal.ZERO : amount;
  }

  @Override
  public Mono<Credits> ofAccount(UUID account) {
    return database
        .sql(CREDITS)
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
