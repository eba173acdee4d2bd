package dev.signalbox.gateway.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MiddleOutTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static String message(String role, String text) {
    return "{\"role\":\"%s\",\"content\":%s}".formatted(role, JSON.writeValueAsString(text));
  }

  private static JsonNode shortened(List<String> messages, long budget, int most) {
    byte[] body = ("[" + String.join(",", messages) + "]").getBytes(StandardCharsets.UTF_8);
    return new MiddleOut(body, budget)
        .messages(new Span(0, body.length), most)
        .map(done -> JSON.readTree(done.messages()))
        .orElseGet(JSON::nullNode);
  }

  @Test
  void theMiddleGoesFirst() {
    var messages = new ArrayList<String>();
    messages.add(message("system", "be brief"));
    for (int i = 0; i < 40; i++) {
      messages.add(message(i % 2 == 0 ? "user" : "assistant", "turn " + i + " " + "x".repeat(80)));
    }
    JsonNode kept = shortened(messages, 400, 1000);
    assertThat(kept.path(0).path("role").asString()).isEqualTo("system");
    assertThat(kept.path(1).path("content").asString()).startsWith("turn 0 ");
    assertThat(kept.path(kept.size() - 1).path("content").asString()).startsWith("turn 39 ");
    assertThat(kept.size()).isBetween(6, 15);
    assertThat(kept.toString().length()).isLessThan(400 * 4);
    // What stays is two unbroken stretches.
    int gaps = 0;
    for (int i = 2; i < kept.size(); i++) {
      gaps += number(kept, i) == number(kept, i - 1) + 1 ? 0 : 1;
    }
    assertThat(gaps).isEqualTo(1);
  }

  private static int number(JsonNode kept, int index) {
    return Integer.parseInt(kept.path(index).path("content").asString().split(" ")[1]);
  }

  @Test
  void whatFitsIsLeftAlone() {
    assertThat(shortened(List.of(message("user", "hello")), 100, 10).isNull()).isTrue();
  }

  @Test
  void aCallAndItsResultsGoOrStayTogether() {
    var random = new Random(11);
    for (int round = 0; round < 300; round++) {
      var messages = new ArrayList<String>();
      messages.add(message("system", "s"));
      int id = 0;
      for (int i = 0; i < 30; i++) {
        messages.add(message("user", "u".repeat(random.nextInt(200))));
        if (random.nextBoolean()) {
          int calls = 1 + random.nextInt(3);
          var ids = new ArrayList<String>();
          var all = new StringBuilder();
          for (int c = 0; c < calls; c++) {
            ids.add("call_" + id++);
            all.append(c == 0 ? "" : ",")
                .append(
                    "{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"
                        .formatted(ids.get(c)));
          }
          messages.add("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" + all + "]}");
          for (String one : ids) {
            messages.add(
                "{\"role\":\"tool\",\"tool_call_id\":\"%s\",\"content\":\"%s\"}"
                    .formatted(one, "r".repeat(random.nextInt(300))));
          }
        } else {
          messages.add(message("assistant", "a".repeat(random.nextInt(200))));
        }
      }
      JsonNode kept = shortened(messages, 300 + random.nextInt(600), 20 + random.nextInt(40));
      var open = new ArrayList<String>();
      for (JsonNode message : kept) {
        message.path("tool_calls").forEach(call -> open.add(call.path("id").asString()));
        if (message.path("role").asString().equals("tool")) {
          assertThat(open.remove(message.path("tool_call_id").asString()))
              .as("round %d: a result without its call", round)
              .isTrue();
        }
      }
      assertThat(open).as("round %d: calls without their results", round).isEmpty();
    }
  }

  @Test
  void ofAThousandAndMoreMessagesTheHalvesAreKept() {
    var messages = new ArrayList<String>();
    for (int i = 0; i < 1_500; i++) {
      messages.add(message("user", "turn " + i + " "));
    }
    JsonNode kept = shortened(messages, 1_000_000, 1_000);
    assertThat(kept).hasSize(1_000);
    assertThat(number(kept, 499)).isEqualTo(499);
    assertThat(number(kept, 500)).isEqualTo(1_000);
  }

  @Test
  void aSingleLongTextLosesItsMiddle() {
    String text = "beginning " + "ü😀 ".repeat(5_000) + "end";
    JsonNode kept = shortened(List.of(message("user", text)), 500, 10);
    String left = kept.path(0).path("content").asString();
    assertThat(left).startsWith("beginning ").endsWith("end").contains(" … ");
    assertThat(left.getBytes(StandardCharsets.UTF_8).length).isBetween(1_200, 2_000);
    // No half of a character.
    assertThat(new String(left.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(left)
        .doesNotContain("\ufffd");
    // The text of a part, and beside it what is no text.
    JsonNode parts =
        shortened(
            List.of(
                "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}},"
                    + "{\"type\":\"text\",\"text\":\""
                    + "word ".repeat(3_000)
                    + "\"}]}"),
            600,
            10);
    assertThat(parts.path(0).path("content").path(0).path("image_url").path("url").asString())
        .isEqualTo("u");
    assertThat(parts.path(0).path("content").path(1).path("text").asString().length())
        .isLessThan(2_400);
  }

  @Test
  void whatCannotFitIsNotTouched() {
    String media =
        "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:"
            + "A".repeat(9_000)
            + "\"}}]}";
    assertThat(shortened(List.of(media), 100, 10).isNull()).isTrue();
  }
}
