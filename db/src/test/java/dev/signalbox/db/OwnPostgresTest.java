package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnPostgresTest {
  @TempDir Path directory;

  @Test
  void comesBackWithItsDataAtItsAddressAndHangsWhileFrozen() throws SQLException {
    try (var postgres = PostgresFixture.own(directory)) {
      DatabaseAddress address = postgres.address();
      PostgresFixture.execute(address, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
      postgres.stop();
      // Not by their messages: the driver speaks the machine's language.
      assertThatThrownBy(() -> kept(address, 60)).hasRootCauseInstanceOf(ConnectException.class);
      postgres.start();
      assertThat(kept(address, 60)).isEqualTo(7);
      postgres.freeze();
      long start = System.nanoTime();
      assertThatThrownBy(() -> kept(address, 1)).isInstanceOf(SQLException.class);
      assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
      postgres.thaw();
      assertThat(kept(address, 60)).isEqualTo(7);
    }
  }

  /// @param patience in seconds
  private static int kept(DatabaseAddress address, int patience) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("connectTimeout", "" + patience);
    properties.setProperty("socketTimeout", "" + patience);
    properties.setProperty("loginTimeout", "" + (patience + 1));
    try (var connection = DriverManager.getConnection(address.jdbcUrl(), properties);
        var result = connection.createStatement().executeQuery("SELECT n FROM kept")) {
      result.next();
      return result.getInt(1);
    }
  }
}
