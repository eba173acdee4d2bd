package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://ann:p%40ss+1@db.example:6543/gate?sslmode=require",
        "postgres://ann:p%40ss+1@db.example:6543/gate?sslmode=require",
        "r2dbc:postgresql://ann:p%40ss+1@db.example:6543/gate?sslmode=require",
        "r2dbc:pool:postgresql://ann:p%40ss+1@db.example:6543/gate?sslmode=require",
        "jdbc:postgresql://db.example:6543/gate?user=ann&password=p%40ss%2B1&sslmode=require"
      })
  void readsEveryUsualSpelling(String url) {
    DatabaseAddress address = DatabaseAddress.parse(url);
    assertThat(address.password()).isEqualTo("p@ss+1");
    assertThat(address).hasToString("ann@db.example:6543/gate");
    assertThat(address.jdbcUrl())
        .startsWith("jdbc:postgresql://db.example:6543/gate?")
        .contains("sslmode=require", "loginTimeout=30")
        .doesNotContain("p@ss", "p%40ss");
    ConnectionFactoryOptions options = address.r2dbcOptions();
    assertThat(options.getValue(Option.valueOf("sslMode"))).isEqualTo("require");
    assertThat(options.getValue(ConnectionFactoryOptions.PORT)).isEqualTo(6543);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://a:hunter2@h/d",
        "postgresql://a:hunter2^%@h/d",
        "postgresql://a:hunter2@h",
        "postgresql://a:hunter2@h1,h2/d"
      })
  void refusesOthersWithoutRepeatingThePassword(String url) {
    assertThatThrownBy(() -> DatabaseAddress.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The database URL cannot be used: ")
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void usesTheUsualPort() {
    assertThat(DatabaseAddress.parse("postgresql://u:p@h/d").port()).isEqualTo(5432);
  }
}
