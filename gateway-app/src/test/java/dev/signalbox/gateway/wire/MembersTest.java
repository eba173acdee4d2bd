package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
    assertThat(members.elements(members.span("a"))).hasSize(2);
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

  @Test
  void aLongTextEndsWhereAnyOtherReaderSeesItsEnd() {
    long seed = 13;
    var random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      var text = new StringBuilder("\"");
      // Stretches without a quote, of about any length, between such that are thick with them.
      for (int left = random.nextInt(6); left > 0; left--) {
        text.append("é".repeat(random.nextInt(3)))
            .append("x".repeat(random.nextInt(random.nextBoolean() ? 20 : 1_500)))
            .append("\\".repeat(2 * random.nextInt(4)))
            .append(random.nextBoolean() ? "\\\"" : "\\n");
      }
      text.append("\"");
      String json = "{\"a\":" + text + ",\"b\":[" + text + ",1]}";
      Members members = scan(json);
      var read = new JsonMapper().readTree(json);
      String which = "seed %d round %d".formatted(seed, round);
      assertThat(members.text("a")).as(which).contains(read.path("a").asString());
      assertThat(members.elements(members.span("b"))).as(which).hasSize(2);
      byte[] cut = json.getBytes(StandardCharsets.UTF_8);
      int end = 5 + random.nextInt(text.toString().getBytes(StandardCharsets.UTF_8).length);
      assertThatThrownBy(() -> Members.scan(Arrays.copyOf(cut, end)))
          .as(which)
          .isInstanceOf(MalformedJsonException.class);
    }
  }

  @Test
  void noControlCharacterStandsInALongText() {
    for (int length : List.of(300, 511, 512, 513, 1_024, 5_000)) {
      for (int at = length - 20; at < length; at++) {
        for (char control : List.of('\0', '\n', '\u001f')) {
          var text = new StringBuilder("é".repeat(length / 2));
          text.append("a".repeat(20)).setCharAt(text.length() - (length - at), control);
          assertThatThrownBy(() -> scan("{\"a\":\"" + text + "\"}"))
              .hasMessageContaining("control character");
        }
      }
      assertThat(scan("{\"a\":\"" + "é\u007f ".repeat(length) + "\"}").has("a")).isTrue();
    }
  }

  @Test
  void whatIsNoEscapeIsFoundByWhoReadsTheText() {
    for (String fault : List.of("\\x", "\\u12", "\\uzzzz")) {
      Members members = scan("{\"a\":\"" + "a".repeat(1_000) + fault + "\",\"b\":1}");
      assertThat(members.has("b")).isTrue();
      assertThatThrownBy(() -> members.text("a"))
          .as(fault)
          .isInstanceOf(MalformedJsonException.class)
          .hasMessageContaining("bad escape");
    }
  }

  @Test
  void whatIsReadAgainIsReadAlike() {
    long seed = 11;
    var random = new Random(seed);
    for (int round = 0; round < 1_000; round++) {
      String json = "{\"a\":%s,\"b\":%s}".formatted(value(random, 0), value(random, 0));
      Members members = scan(json);
      for (String name : List.of("a", "b")) {
        readAgain(members, members.span(name), "seed %d round %d".formatted(seed, round));
      }
    }
  }

  /// Compares what a scan that knows the long texts finds with what one finds that does not.
  private static void readAgain(Members members, Span span, String which) {
    byte[] bytes = members.bytes();
    if (bytes[span.from()] == '[') {
      List<Span> elements = Members.elements(bytes, span);
      assertThat(members.elements(span)).as(which).isEqualTo(elements);
      elements.forEach(element -> readAgain(members, element, which));
      members.elements(
          span,
          (index, element, object) -> {
            assertThat(element).as(which).isEqualTo(elements.get(index));
            assertThat(object == null ? -1 : object.count())
                .as(which)
                .isEqualTo(
                    bytes[element.from()] == '{' ? Members.within(bytes, element).count() : -1);
          });
    } else if (bytes[span.from()] == '{') {
      Members known = members.within(span);
      Members anew = Members.within(bytes, span);
      assertThat(known.count()).as(which).isEqualTo(anew.count());
      for (int i = 0; i < anew.count(); i++) {
        assertThat(known.name(i)).as(which).isEqualTo(anew.name(i));
        assertThat(known.span(i)).as(which).isEqualTo(anew.span(i));
        readAgain(known, known.span(i), which);
      }
    }
  }

  private static String value(Random random, int depth) {
    int kind = random.nextInt(depth > 3 ? 2 : 4);
    int count = random.nextInt(5);
    return switch (kind) {
      case 0 -> Integer.toString(random.nextInt(1_000));
      case 1 -> text(random);
      case 2 ->
          IntStream.range(0, count)
              .mapToObj(_ -> value(random, depth + 1))
              .collect(Collectors.joining(" , ", "[", "]"));
      default ->
          IntStream.range(0, count)
              .mapToObj(_ -> text(random) + ": " + value(random, depth + 1))
              .collect(Collectors.joining(",", "{", "}"));
    };
  }

  /// Now and then a long one, and one right behind another.
  private static String text(Random random) {
    List<String> pieces = List.of("a", "\\\"", "\\\\", "\\u00e9", "é", " ", "{", "]", ",", ":");
    var text = new StringBuilder("\"");
    for (int left = random.nextInt(random.nextBoolean() ? 4 : 300); left > 0; left--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.append('"').toString();
  }
}
