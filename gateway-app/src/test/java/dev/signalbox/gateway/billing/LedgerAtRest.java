package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import java.math.BigDecimal;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/// The ledger in a database, read past every gateway.
record LedgerAtRest(DatabaseAddress database) {
  /// Returns what was charged for each generation; fails if one has two records.
  Map<String, BigDecimal> charged() throws SQLException {
    var charged = new HashMap<String, BigDecimal>();
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var rows =
            connection.createStatement().executeQuery("SELECT id, charged FROM usage_record")) {
      while (rows.next()) {
        assertThat(charged.put(rows.getString(1), rows.getBigDecimal(2))).isNull();
      }
    }
    return charged;
  }

  /// Returns a query's one value as text; `none` if it has no row.
  String query(String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var rows = connection.createStatement().executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "none";
    }
  }

  BigDecimal sum(String sql) throws SQLException {
    return new BigDecimal(query(sql));
  }

  /// Waits until everything that callers saw to its end is there, and looks at all of it.
  ///
  /// @param seen the cost that callers were told, by generation
  void holds(Map<String, BigDecimal> seen) throws Exception {
    Map<String, BigDecimal> charged =
        Eventually.seen(
            "everything seen is charged",
            this::charged,
            now -> now.keySet().containsAll(seen.keySet()));
    for (var one : seen.entrySet()) {
      assertThat(charged.get(one.getKey())).as(one.getKey()).isEqualByComparingTo(one.getValue());
    }
    addsUp();
  }

  /// Checks the ledger with its own check.
  void addsUp() throws SQLException {
    assertThat(query("SELECT rule || ': ' || example FROM ledger_check() WHERE wrong > 0"))
        .isEqualTo("none");
  }

  /// Checks that nothing is held any more: every gateway has stopped in order.
  void isQuiet() throws SQLException {
    addsUp();
    assertThat(query("SELECT rule || ': ' || example FROM ledger_check_quiet() WHERE wrong > 0"))
        .isEqualTo("none");
  }
}
