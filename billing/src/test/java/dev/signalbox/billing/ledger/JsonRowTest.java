package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonRowTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void anyTextIsReadAsItWasSaveForWhatPostgresRefuses() {
    long seed = 5;
    var random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      var text = new StringBuilder();
      for (int left = random.nextInt(12); left > 0; left--) {
        int kind = random.nextInt(6);
        text.append(
            switch (kind) {
              case 0 -> (char) random.nextInt(0x21);
              case 1 -> random.nextBoolean() ? '"' : '\\';
              case 2 -> (char) (0xD800 + random.nextInt(0x800));
              case 3 -> (char) random.nextInt(0x1_0000);
              default -> (char) (' ' + random.nextInt(95));
            });
      }
      byte[] row = new JsonRow().text("a", text.toString()).bytes();
      assertThat(JSON.readTree(row).path("a").asString())
          .as("seed %d round %d", seed, round)
          .isEqualTo(StorableText.of(text.toString()));
    }
  }

  @Test
  void membersOfAllKindsStandSideBySide() {
    JsonNode row =
        JSON.readTree(
            new JsonRow()
                .number("holder", OptionalLong.of(Long.MIN_VALUE))
                .number("absent", OptionalLong.empty())
                .text("gone", Optional.empty())
                .flag("byok", true)
                .raw("pricing", "{\"discount\":\"0\"}")
                .open("attempts", '[')
                .element()
                .text("model", "é漢🚦")
                .close('}')
                .element()
                .raw("status", "null")
                .close('}')
                .close(']')
                .number("latency", 7)
                .bytes());
    assertThat(row)
        .isEqualTo(
            JSON.readTree(
                """
                {"holder": -9223372036854775808, "byok": true, "pricing": {"discount": "0"},
                 "attempts": [{"model": "é漢🚦"}, {"status": null}], "latency": 7}
                """));
    assertThat(new String(new JsonRow().bytes(), StandardCharsets.UTF_8)).isEqualTo("{}");
  }
}
