package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.DriverManager;
import org.junit.jupiter.api.Test;

class SchemaTest {
  private final DatabaseAddress address = PostgresFixture.migrated();

  @Test
  void auditLogIsAChainThatOnlyGrows() throws Exception {
    String add = "INSERT INTO audit_log (actor, action, subject) VALUES ('me', 'try', 'this')";
    PostgresFixture.execute(address, add + ";" + add + ";" + add);
    assertThat(firstBroken()).isNull();
    assertThatThrownBy(() -> PostgresFixture.execute(address, "UPDATE audit_log SET actor = 'x'"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> PostgresFixture.execute(address, "DELETE FROM audit_log"))
        .hasMessageContaining("append-only");

    PostgresFixture.execute(
        address,
        "ALTER TABLE audit_log DISABLE TRIGGER audit_keep;"
            + "UPDATE audit_log SET actor = 'someone else' WHERE id = 2");
    assertThat(firstBroken()).isEqualTo("2");
    // The last one, which no other follows.
    PostgresFixture.execute(
        address,
        "UPDATE audit_log SET actor = 'me' WHERE id = 2; DELETE FROM audit_log WHERE id = 3");
    assertThat(firstBroken()).isEqualTo("3");
    PostgresFixture.execute(address, add);
    assertThat(firstBroken()).isEqualTo("4");
  }

  private String firstBroken() throws Exception {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var rows = connection.createStatement().executeQuery("SELECT audit_first_broken()")) {
      rows.next();
      return rows.getString(1);
    }
  }
}
