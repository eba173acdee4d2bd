package dev.signalbox.billing.credit;

import dev.signalbox.billing.journal.Journal;
import dev.signalbox.db.Notifications;
import dev.signalbox.pricing.Money;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// The bank in PostgreSQL: `credit_sync` and its like, in `V53__dues.sql` and before.
public final class PostgresCreditBank implements CreditBank {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /// The journal was opened later than the run says.
  private static final String COPIED = "SB001";

  private static final String CLOSED = "SB002";

  private final DatabaseClient database;
  private final ConnectionFactory listener;

  /// @param listener connects outside of the pool
  public PostgresCreditBank(DatabaseClient database, ConnectionFactory listener) {
    this.database = database;
    this.listener = listener;
  }

  @Override
  public Mono<Long> enter(Journal.Run run) {
    return database
        .sql("SELECT credit_enter($1, $2)")
        .bind("$1", run.journal())
        .bind("$2", run.epoch())
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one()
        .timeout(PATIENCE)
        .onErrorMap(PostgresCreditBank::fenced);
  }

  @Override
  public Mono<List<Grant>> sync(long holder, List<Gift> gifts, List<Wish> wishes) {
    return database
        .sql(
            "SELECT at, pot, drawn, unlimited, left_ms, remaining, elsewhere, asleep"
                + " FROM credit_sync($1, $2::jsonb, $3::jsonb)")
        .bind("$1", holder)
        .bind("$2", JSON.writeValueAsString(gifts.stream().map(PostgresCreditBank::gift).toList()))
        .bind("$3", JSON.writeValueAsString(wishes(wishes)))
        .map(PostgresCreditBank::grant)
        .all()
        .collectList()
        .timeout(PATIENCE)
        .onErrorMap(PostgresCreditBank::fenced);
  }

  private static Map<String, Object> gift(Gift gift) {
    return Map.of("pot", gift.pot(), "returned", gift.returned().toString());
  }

  private static List<Map<String, Object>> wishes(List<Wish> wishes) {
    var rows = new ArrayList<Map<String, Object>>(wishes.size());
    for (Wish wish : wishes) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      row.put("at", rows.size());
      row.put("account", wish.name().account().toString());
      row.put("key", wish.name().key());
      row.put("need", wish.need().toString());
      row.put("want", wish.want().toString());
      row.put("due", wish.due().toString());
      rows.add(row);
    }
    return rows;
  }

  private static Grant grant(Readable row) {
    Long pot = row.get("pot", Long.class);
    Long left = row.get("left_ms", Long.class);
    return new Grant(
        Objects.requireNonNull(row.get("at", Integer.class)),
        Objects.requireNonNull(row.get("unlimited", Boolean.class)),
        pot == null ? 0 : pot,
        money(row, "drawn"),
        left == null ? OptionalLong.empty() : OptionalLong.of(left),
        money(row, "remaining"),
        money(row, "elsewhere"),
        money(row, "asleep"));
  }

  private static Money money(Readable row, String column) {
    return new Money(Objects.requireNonNull(row.get(column, BigDecimal.class)));
  }

  @Override
  public Mono<Void> closeBefore(Journal.Run run) {
    return database
        .sql("SELECT credit_close($1, $2)")
        .bind("$1", run.journal())
        .bind("$2", run.epoch())
        .then();
  }

  @Override
  public Flux<Long> recalls() {
    return Notifications.on(listener, "signalbox_credit")
        .filter(text -> !text.isEmpty())
        .map(Long::parseLong);
  }

  private static Throwable fenced(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof R2dbcException known && known.getSqlState() != null) {
        String state = known.getSqlState();
        if (state.equals(COPIED) || state.equals(CLOSED)) {
          return new FencedException(String.valueOf(known.getMessage()), state.equals(COPIED));
        }
      }
    }
    return failure;
  }
}
