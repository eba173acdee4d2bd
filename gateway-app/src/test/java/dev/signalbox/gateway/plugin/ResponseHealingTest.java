package dev.signalbox.gateway.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ResponseHealingTest {
  private static final JsonMapper JSON = new JsonMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          {"a":1,}                                  | {"a":1}
          {"a":[1,2,],}                             | {"a":[1,2]}
          {"a":1                                     | -
          {"a":{"b":"c"                              | {"a":{"b":"c"}}
          {"a":["b","c"                              | {"a":["b","c"]}
          {"a":["b","c"}                             | {"a":["b","c"]}
          [{"a":"b"},{"a":"c"                        | [{"a":"b"},{"a":"c"}]
          "a": 1, "b": 2}                            | {"a":1,"b":2}
          {a: 1, b_c: "d"}                           | {"a":1,"b_c":"d"}
          {'a': 'it''s'}                             | -
          {'a': 'x'}                                 | {"a":"x"}
          {“a”: “x”}                                 | {"a":"x"}
          {"a": True, "b": None, "c": FALSE}         | {"a":true,"b":null,"c":false}
          {"a": 1 "b": 2}                            | {"a":1,"b":2}
          {"a": 1, /* one */ "b": 2} // two          | {"a":1,"b":2}
          Sure! Here you go: {"a":1}. Anything else? | {"a":1}
          Use {braces} like this: {"a":1}            | {"a":1}
          ```json {"a":1,} ```                       | {"a":1}
          """)
  void whatCanBeMendedIs(String broken, String mended) {
    var healed = ResponseHealing.heal(broken);
    if (mended.equals("-")) {
      assertThat(healed).isEmpty();
    } else {
      assertThat(healed).as(broken).isPresent();
      assertThat(JSON.readTree(healed.get())).isEqualTo(JSON.readTree(mended));
    }
  }

  @Test
  void fencesAndProseAreTakenOff() {
    String text = "Here is it:\n```json\n{\n  \"a\": \"x\ny\",\n}\n```\nHope that helps {really}!";
    assertThat(JSON.readTree(ResponseHealing.heal(text).orElseThrow()))
        .isEqualTo(JSON.valueToTree(Map.of("a", "x\ny")));
    // A fence that never ends.
    assertThat(ResponseHealing.heal("```\n[1, 2, 3]")).contains("[1,2,3]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":1}", "[1]", " {\"a\": [ ] } "})
  void whatIsSoundIsLeftAlone(String sound) {
    assertThat(ResponseHealing.heal(sound)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": \"unfinished",
        "{\"a\":",
        "{\"a\": tru",
        "{\"a\": 12",
        "no JSON at all",
        "",
        "{",
        "\"\\u12"
      })
  void whatWasCutOffIsNotMadeUp(String cut) {
    assertThat(ResponseHealing.heal(cut).filter(healed -> !healed.equals("{}"))).isEmpty();
  }

  @Test
  void damagedDocumentsBecomeSoundOrStayAsTheyAre() {
    String sound =
        "{\"name\":\"a \\\"b\\\" ü\",\"list\":[1,2.5,{\"x\":null}],\"deep\":{\"y\":[true,false]}}";
    var random = new Random(7);
    int mended = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder(sound);
      for (int hits = random.nextInt(3); hits >= 0; hits--) {
        int at = random.nextInt(Math.max(1, text.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.delete(at, at + 1);
          case 1 -> text.insert(at, "{}[],:\"'\\x".charAt(random.nextInt(10)));
          default -> text.setLength(Math.min(text.length(), Math.max(1, at)));
        }
      }
      var healed = ResponseHealing.heal(text.toString());
      if (healed.isPresent()) {
        mended++;
        assertThat(JSON.readTree(healed.get()).isContainer()).as("seed 7, %s", text).isTrue();
      }
    }
    assertThat(mended).isGreaterThan(5_000);
  }

  @Test
  void deepNestingIsRefusedNotOverflown() {
    assertThat(ResponseHealing.heal("[".repeat(100_000))).isEmpty();
    assertThat(ResponseHealing.heal("{\"a\":".repeat(50_000))).isEmpty();
  }
}
