package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
  private static final Path PROGRAMS =
      Path.of(System.getProperty("java.io.tmpdir"), "signalbox-test-programs");

  @TempDir Path data;

  @Test
  void keepsDataOverARestartAndAStalePidAndRefusesASecondGateway() throws Exception {
    DatabaseAddress first;
    try (var postgres = start()) {
      first = postgres.address();
      PostgresFixture.execute(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
      assertThat(value(first, "SHOW fsync")).isEqualTo("on");
      assertThatThrownBy(this::start)
          .hasMessageContaining("Another gateway is using the database")
          .hasMessageContaining("SIGNALBOX_DATABASE_URL");
      assertThatThrownBy(() -> DriverManager.getConnection(first.jdbcUrl(), first.user(), "wrong"))
          .isInstanceOf(SQLException.class);
      assertThat(first.toString()).doesNotContain(first.password());
      Path password = data.resolve("postgres/password");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
          .isEqualTo("rw-------");
    }
    assertThatThrownBy(() -> value(first, "SELECT 1")).isInstanceOf(SQLException.class);

    // The pid of a program that is none of ours.
    Files.writeString(
        data.resolve("postgres/cluster/postmaster.pid"),
        "%d%n/elsewhere%n1%n1%n%n%n%n".formatted(ProcessHandle.current().pid()));
    try (var postgres = start()) {
      assertThat(postgres.address().port()).isEqualTo(first.port());
      assertThat(value(postgres.address(), "SELECT n FROM kept")).isEqualTo("7");
    }
  }

  private EmbeddedPostgres start() {
    return EmbeddedPostgres.start(data, PROGRAMS, List.of());
  }

  private static String value(DatabaseAddress address, String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
