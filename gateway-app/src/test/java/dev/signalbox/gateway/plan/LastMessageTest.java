package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class LastMessageTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static LastMessage of(String conversation) {
    byte[] bytes = ("{\"messages\":" + conversation + "}").getBytes(StandardCharsets.UTF_8);
    Span span = Members.scan(bytes).span("messages");
    return LastMessage.of(bytes, span, true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'plain' | plain",
        "[] | ",
        "[{'role':'user','content':'one'},{'role':'user','content':'two'}] | two",
        "[ {'role':'user','content':'one'} , {'role':'assistant','content':'no'} ] | one",
        "[{'role':'user','content':[{'type':'text','text':'part'},{'type':'image'}]}] | part",
        "[{'role':'user','content':'asked'},{'role':'user','content':[{'type':'tool_result'}]}] |"
            + " asked",
        "['one','two'] | two",
        "[1,2,3] | ",
        "['one',5,null] | one",
        "[{'role':'system','content':'no'}] | ",
        "[{'role':'user','content':null},{'role':'user'}] | ",
        "[{'content':'x','role':'user','more':{'a':[{'b':']}'}]}}] | x",
        "5 | ",
      })
  void whatTheCallerWroteLast(String conversation, String text) {
    assertThat(of(conversation.replace('\'', '"')).text().strip())
        .isEqualTo(text == null ? "" : text);
  }

  @Test
  void whoAnsweredLast() {
    String turns =
        "[{'role':'assistant','content':'a','model':'m/1'},{'role':'user','content':'b'},"
            + "{'role':'assistant','content':'c','model':'m/2'},{'role':'user','content':'d'}]";
    assertThat(of(turns.replace('\'', '"')).answeredBy()).hasValue("m/2");
    assertThat(of(turns.replace(",'model':'m/2'", "").replace('\'', '"')).answeredBy()).isEmpty();
  }

  /// Whatever stands in a conversation, its end is where a parser finds it.
  @Test
  void readFromTheEndItIsWhatItIsReadFromTheBeginning() throws Exception {
    for (long seed = 0; seed < 5_000; seed++) {
      var random = new SplittableRandom(seed);
      ArrayNode conversation = JSON.createArrayNode();
      String expected = "";
      Optional<String> answeredBy = Optional.empty();
      for (int i = random.nextInt(6); i > 0; i--) {
        ObjectNode message = conversation.addObject();
        boolean user = random.nextBoolean();
        String text = text(random);
        String model = text(random);
        message.set("tricky", tricky(random));
        message.put("role", user ? "user" : "assistant");
        message.put(user ? "content" : "model", user ? text : model);
        expected = user ? text : expected;
        answeredBy = user ? answeredBy : Optional.of(model);
      }
      boolean pretty = random.nextBoolean();
      String written =
          pretty
              ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(conversation)
              : JSON.writeValueAsString(conversation);
      LastMessage last = of(written);
      assertThat(last.text()).as("seed %d", seed).isEqualTo(expected);
      assertThat(last.answeredBy()).as("seed %d", seed).isEqualTo(answeredBy);
    }
  }

  private static String text(SplittableRandom random) {
    List<String> pieces =
        List.of("\"", "\\", "\\\\\"", "]", "}", "{\"role\":", ",", "ü", "\n", "a");
    var text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.toString();
  }

  private static JsonNode tricky(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> JSON.createArrayNode().add(text(random)).add(random.nextInt());
      case 1 -> JSON.createObjectNode().put(text(random), text(random));
      case 2 -> JSON.createObjectNode().set("in", JSON.createArrayNode().addNull().addArray());
      default -> JSON.createObjectNode().stringNode(text(random));
    };
  }

  @Test
  void aLongMessageIsCutWhereNothingIsTornApart() {
    for (String piece :
        List.of("a", "ü", "€", "😀", "\\n", "\\\\", "\\\"", "\\u00fc", "x\\ud83d\\ude00")) {
      String text = of("\"" + piece.repeat(5_000) + "\"").text();
      assertThat(text.length()).as(piece).isBetween(600, LastMessage.MAX_TEXT + 8);
      assertThat(text).as(piece).doesNotContain("\ufffd");
    }
  }

  @Test
  void whatLiesFarFromTheEndIsNotLookedFor() {
    String far =
        "[{\"role\":\"user\",\"content\":\"far\"},{\"role\":\"assistant\",\"content\":\""
            + "x".repeat(LastMessage.MAX_WALKED)
            + "\"}]";
    assertThat(of(far).text()).isEmpty();
    String huge =
        "[{\"role\":\"user\",\"content\":\"" + "y".repeat(LastMessage.MAX_WALKED) + "\"}]";
    assertThat(of(huge).text()).isEmpty();
  }
}
