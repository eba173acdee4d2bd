package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.charge.AppliedPrices;
import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.journal.SegmentedJournal;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import io.r2dbc.pool.ConnectionPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;

/// A database with accounts and keys, for tests of what is written into it.
public final class Books implements AutoCloseable {
  private static final AtomicLong COUNTER = new AtomicLong();

  public final DatabaseAddress address;
  private final ConnectionPool pool;
  public final DatabaseClient database;
  private final List<AutoCloseable> journals = new ArrayList<>();

  public Books() {
    this(PostgresFixture.migrated());
  }

  public Books(DatabaseAddress address) {
    this.address = address;
    this.pool = PostgresFixture.pool(address);
    this.database = DatabaseClient.create(pool);
  }

  /// Opens a replica's journal.
  Journal journal(Path directory) {
    Journal journal = SegmentedJournal.open(directory, 16 << 20);
    journals.add(journal);
    return journal;
  }

  /// The ledger as a replica of its own writes it.
  UsageRecords records() {
    try {
      Path directory = Files.createTempDirectory("signalbox-journal-");
      var late = new LateRecords(FlightLog.open(directory));
      return new UsageRecords(database, journal(directory), late);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public UUID account(@Nullable String credit) {
    UUID account = UUID.randomUUID();
    execute("INSERT INTO accounts (id, name) VALUES ('%s', 'x')".formatted(account));
    if (credit == null) {
      execute("UPDATE accounts SET unlimited = true WHERE id = '%s'".formatted(account));
    } else {
      execute(
          "INSERT INTO credit_grant (account_id, usd, reason, actor) VALUES ('%s', %s, 'x', 'x')"
              .formatted(account, credit));
    }
    return account;
  }

  public ApiKey key(UUID account, @Nullable String limit, @Nullable LimitReset reset) {
    String hash = "%064x".formatted(COUNTER.incrementAndGet());
    execute(
        """
        INSERT INTO api_keys (hash, secret_mac, account_id, name, label, kind, spend_limit, limit_reset)
        VALUES ('%s', '\\x00', '%s', 'k', 'k', 'inference', %s, %s)
        """
            .formatted(
                hash,
                account,
                limit == null ? "NULL" : limit,
                reset == null ? "NULL" : "'" + reset.name().toLowerCase(Locale.ROOT) + "'"));
    return key(account, hash, limit, reset);
  }

  public static ApiKey key(
      UUID account, String hash, @Nullable String limit, @Nullable LimitReset reset) {
    return new ApiKey(
        hash,
        account,
        "k",
        "k",
        ApiKey.Kind.INFERENCE,
        false,
        false,
        Optional.empty(),
        Optional.ofNullable(limit).map(Money::of),
        Optional.ofNullable(reset),
        false,
        Set.of(),
        Set.of(),
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        0,
        0);
  }

  /// What the versions before told of every record, and is left out now.
  static final String ALL_OF_A_RECORD =
      """
      {"kind": "usage", "created_at": "2026-01-01T00:00:00Z", "requested_model": "acme/alpha",
       "fresh_prompt_tokens": 0, "image_prompt_tokens": 0, "audio_prompt_tokens": 0,
       "cache_read_tokens": 0, "audio_cache_read_tokens": 0, "cache_write_tokens": 0,
       "cache_write_1h_tokens": 0, "visible_tokens": 0, "reasoning_tokens": 0,
       "audio_completion_tokens": 0, "image_completion_tokens": 0, "images": 0, "web_searches": 0,
       "estimated": false, "charge_factor": "1", "waived": false, "upstream_prompt_cost": "0",
       "upstream_completion_cost": "0", "upstream_other_cost": "0", "attempts_cost": "0",
       "charged": "0", "overrun": "0", "byok": false, "streamed": false, "cancelled": false}
      """;

  public static String id(Instant at) {
    return "gen-%d-%020d".formatted(at.getEpochSecond(), COUNTER.incrementAndGet());
  }

  /// A record of a call that cost something, with nothing added.
  public static UsageRecord record(
      ApiKey key, String id, Instant at, Pricing pricing, Usage usage) {
    Cost cost = pricing.cost(usage, at);
    return record(
        key, id, at, pricing, usage, BigDecimal.ZERO, cost, cost.total(), Money.ZERO, false);
  }

  public static UsageRecord record(
      ApiKey key,
      String id,
      Instant at,
      Pricing pricing,
      Usage usage,
      BigDecimal percent,
      Cost cost,
      Money charged,
      Money overrun,
      boolean waived) {
    return new UsageRecord(
        id,
        key.accountId(),
        key.hash(),
        "chat-completions",
        "acme/alpha",
        "acme/alpha",
        Optional.empty(),
        "acme",
        "Acme",
        "acme/alpha@acme",
        Optional.empty(),
        Optional.empty(),
        usage,
        false,
        AppliedPrices.json(pricing.inForce(usage.promptTokens(), at)),
        percent,
        BigDecimal.ONE.add(percent.movePointLeft(2)),
        waived,
        cost,
        Money.ZERO,
        charged,
        overrun,
        false,
        false,
        false,
        Optional.of("stop"),
        Optional.empty(),
        OptionalLong.of(5),
        OptionalLong.of(7),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  public void execute(String sql) {
    PostgresFixture.execute(address, sql);
  }

  /// Returns the rows of a query, each as its columns' texts in one line.
  public List<String> query(String sql) {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      var lines = new ArrayList<String>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        var line = new ArrayList<String>();
        for (int i = 1; i <= columns; i++) {
          line.add(String.valueOf(rows.getString(i)));
        }
        lines.add(String.join(" ", line));
      }
      return lines;
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What the ledger's own check finds wrong.
  public List<String> wrong() {
    return query("SELECT rule, wrong, example FROM ledger_check() WHERE wrong > 0");
  }

  @Override
  public void close() {
    try {
      for (AutoCloseable journal : journals) {
        journal.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    pool.dispose();
  }
}
