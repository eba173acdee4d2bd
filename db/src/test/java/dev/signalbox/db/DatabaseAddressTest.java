package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
  @ParameterizedTest
  @ValueSource(strings = {"postgresql:", "postgres:", "r2dbc:postgresql:", "jdbc:postgresql:"})
  void everyUsualSpellingIsUnderstood(String scheme) {
    var address = DatabaseAddress.parse(scheme + "//ann:s%40crt@db.internal:6432/box?sslmode=require");
    assertThat(address)
        .isEqualTo(
            new DatabaseAddress("db.internal", 6432, "box", "ann", "s@crt", "sslmode=require"));
  }

  @Test
  void thePasswordIsInNoText() {
    var address = DatabaseAddress.parse("postgresql://ann:secret@db/box");
    assertThat(address.toString()).isEqualTo("ann@db:5432/box");
    assertThatThrownBy(() -> DatabaseAddress.parse("mysql://ann:secret@db/box"))
        .hasMessageContaining("not a postgresql URL")
        .hasMessageNotContaining("secret");
  }
}
