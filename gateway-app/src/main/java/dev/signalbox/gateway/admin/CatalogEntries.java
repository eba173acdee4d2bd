package dev.signalbox.gateway.admin;

import dev.signalbox.gateway.offer.Overlay.Kind;
import java.util.Locale;
import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The table of what operators changed of the catalog. Every method joins the transaction of its
/// subscriber.
final class CatalogEntries {
  private static final JsonMapper JSON = new JsonMapper();

  private final DatabaseClient database;

  CatalogEntries(DatabaseClient database) {
    this.database = database;
  }

  /// Returns what was changed of an object; an empty object if nothing was.
  Mono<ObjectNode> find(Kind kind, String name) {
    return database
        .sql(
            "SELECT body::text FROM catalog_entry"
                + " WHERE kind = :kind AND name = :name AND NOT removed")
        .bind("kind", word(kind))
        .bind("name", name)
        .map(row -> (ObjectNode) JSON.readTree(Objects.requireNonNull(row.get(0, String.class))))
        .one()
        .defaultIfEmpty(JSON.createObjectNode());
  }

  /// Lays a change over the ones before. A field that is null stays so: it hides the file's.
  Mono<Boolean> put(Kind kind, String name, ObjectNode change) {
    return locked()
        .then(find(kind, name))
        .flatMap(
            before ->
                database
                    .sql(
                        """
                        INSERT INTO catalog_entry (kind, name, body)
                        VALUES (:kind, :name, CAST(:body AS jsonb))
                        ON CONFLICT (kind, name) DO UPDATE
                          SET body = excluded.body, removed = false,
                              updated_at = clock_timestamp()
                        """)
                    .bind("kind", word(kind))
                    .bind("name", name)
                    .bind("body", over(before, change).toString())
                    .fetch()
                    .rowsUpdated())
        .thenReturn(true);
  }

  Mono<Boolean> remove(Kind kind, String name) {
    return database
        .sql(
            """
            INSERT INTO catalog_entry (kind, name, removed) VALUES (:kind, :name, true)
            ON CONFLICT (kind, name) DO UPDATE
              SET body = '{}', removed = true, updated_at = clock_timestamp()
            """)
        .bind("kind", word(kind))
        .bind("name", name)
        .fetch()
        .rowsUpdated()
        .thenReturn(true);
  }

  /// Changes are made one after another, so that none is lost and each sees all before it.
  private Mono<Void> locked() {
    return database.sql("SELECT version FROM offer_version FOR UPDATE").fetch().first().then();
  }

  private static ObjectNode over(ObjectNode before, ObjectNode change) {
    ObjectNode result = before.deepCopy();
    for (String name : change.propertyNames()) {
      JsonNode value = change.get(name);
      if (value instanceof ObjectNode inner && result.get(name) instanceof ObjectNode below) {
        result.set(name, over(below, inner));
      } else {
        result.set(name, value);
      }
    }
    return result;
  }

  private static String word(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
