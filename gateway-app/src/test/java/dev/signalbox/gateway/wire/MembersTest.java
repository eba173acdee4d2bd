package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class MembersTest {
  private static Members scan(String json) {
    return Members.scan(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void valuesAreFoundWhereTheyLie() {
    Members members =
        scan(
            " {\"a\" : [1, {\"b\": \"}\"}], \"model\":\"x\\u002fy\", \"n\": null, \"t\": true,"
                + " \"k\": -1.5e2} ");
    assertThat(members.text("model")).contains("x/y");
    assertThat(members.has("n")).isFalse();
    assertThat(members.isTrue("t")).isTrue();
    assertThat(members.number("k"))
        .hasValueSatisfying(k -> assertThat(k).isEqualByComparingTo("-150"));
    assertThat(Members.elements(members.bytes(), members.span("a"))).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1} x",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":tru}",
        "{\"a\":1.}"
      })
  void whatIsNoObjectIsRefused(String json) {
    assertThatThrownBy(() -> scan(json)).isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void aNameThatCouldBeReadTwoWaysIsRefused() {
    assertThatThrownBy(() -> scan("{\"model\":\"a\",\"model\":\"b\"}"))
        .hasMessageContaining("repeated member 'model'");
    assertThatThrownBy(() -> scan("{\"mod\\u0065l\":\"a\"}")).hasMessageContaining("escaped");
  }

  @Test
  void nestingHasALimit() {
    String deep = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    assertThatThrownBy(() -> scan(deep)).hasMessageContaining("nested deeper");
  }

  @Test
  void noMutationIsTakenThatAnotherParserRefuses() {
    String seedText =
        "{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9\"}],\"n\":1.5e3,\"t\":true}";
    long seed = 7;
    var random = new Random(seed);
    var mapper =
        JsonMapper.builder()
            .enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = seedText.getBytes(StandardCharsets.UTF_8);
      for (int k = random.nextInt(3); k >= 0; k--) {
        bytes[random.nextInt(bytes.length)] = (byte) (32 + random.nextInt(95));
      }
      boolean taken;
      try {
        Members.scan(bytes);
        taken = true;
      } catch (MalformedJsonException e) {
        taken = false;
      }
      boolean valid;
      try {
        valid = mapper.readTree(bytes).isObject();
      } catch (JacksonException e) {
        valid = false;
      }
      if (taken) {
        assertThat(valid)
            .as("seed %d round %d: %s", seed, round, new String(bytes, StandardCharsets.UTF_8))
            .isTrue();
      }
    }
  }
}
