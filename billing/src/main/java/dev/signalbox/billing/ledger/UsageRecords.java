package dev.signalbox.billing.ledger;

import dev.signalbox.billing.journal.Journal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// The usage records in PostgreSQL.
public final class UsageRecords {
  /// Records come as one array: one statement, whatever their number. A record that is there
  /// already stays as it is, so that sending a batch again changes nothing.
  private static final String INSERT =
      """
      INSERT INTO usage_record
      SELECT (jsonb_populate_record(NULL::usage_record, entry)).*
      FROM jsonb_array_elements($1::jsonb) AS entry
      ON CONFLICT DO NOTHING
      """;

  private final DatabaseClient database;
  private final Journal journal;

  public UsageRecords(DatabaseClient database, Journal journal) {
    this.database = database;
    this.journal = journal;
  }

  Mono<Void> insert(List<Journal.Entry> entries) {
    String array =
        entries.stream()
            .map(Journal.Entry::json)
            .collect(java.util.stream.Collectors.joining(",", "[", "]"));
    return database.sql(INSERT).bind("$1", array).then();
  }

  /// Finds a generation of an account: in the journal, if the database does not have it yet.
  ///
  /// @return the row as a JSON object with the columns' names
  public Mono<String> find(String id, UUID account) {
    return database
        .sql("SELECT to_jsonb(r)::text FROM usage_record r WHERE id = $1 AND account_id = $2")
        .bind("$1", id)
        .bind("$2", account)
        .map((row, _) -> Optional.ofNullable(row.get(0, String.class)).orElse("{}"))
        .one()
        .switchIfEmpty(
            Mono.fromCallable(() -> journal.find(id))
                .subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic())
                .flatMap(Mono::justOrEmpty)
                .filter(json -> json.contains(account.toString())));
  }
}
