package dev.signalbox.gateway.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Fields that nobody here has heard of, wherever they stand and whatever they hold, reach the
/// other side as they came.
class UnknownFieldsTest {
  private static final int ROUNDS = 500;

  private final Random random = new Random(3);

  private JsonNode anything(int depth) {
    return switch (random.nextInt(depth > 2 ? 5 : 7)) {
      case 0 -> Json.number(random.nextLong());
      case 1 -> Json.flag(random.nextBoolean());
      case 2 -> Json.tryParse("null").orElseThrow();
      case 3 -> Json.tryParse("-1.2500e-7").orElseThrow();
      case 4 -> Json.array().add("ü \"\\ \n 🚲 " + random.nextInt()).path(0);
      case 5 -> strange(Json.object(), depth + 1);
      default -> Json.array().add(anything(depth + 1)).add(anything(depth + 1));
    };
  }

  private ObjectNode strange(ObjectNode tree, int depth) {
    for (int i = random.nextInt(4); i > 0; i--) {
      tree.set("x_" + random.nextInt(100), anything(depth));
    }
    return tree;
  }

  private ObjectNode strange(String json) {
    return strange((ObjectNode) Json.tryParse(json).orElseThrow(), 0);
  }

  private static Glance glance(byte[] body) {
    return new OpenAiCaller().glance(Surface.CHAT_COMPLETIONS, body);
  }

  @Test
  void ofRequests() {
    for (int round = 0; round < ROUNDS; round++) {
      ObjectNode request = strange("{\"model\":\"m/n\",\"stream\":true}");
      var message = strange("{\"role\":\"user\",\"content\":\"hello\"}");
      request.putArray("messages").add(message);
      request
          .putArray("tools")
          .add(strange("{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"));
      var sent = new ByteArrayOutputStream();
      var target = Endpoints.target(Dialect.OPENAI);
      var upstream = new OpenAiPassThrough().request(glance(Json.bytes(request)), target);
      for (var piece : upstream.body()) {
        sent.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
      }
      request.put("model", "alpha-1").putObject("stream_options").put("include_usage", true);
      assertThat(Json.parse(sent.toByteArray())).isEqualTo(request);
    }
  }

  private static Receipt receipt(dev.signalbox.gateway.dialect.Ending ending) {
    var cost = new Cost(Money.ZERO, Money.ZERO, Money.ZERO);
    return new Receipt(ending.usage(), Money.ZERO, cost, false, Optional.empty(), Optional.empty());
  }

  private static AnswerFacts facts(boolean stream) {
    return new AnswerFacts("gen-1-a", 5, "a/b", "Acme", stream);
  }

  @Test
  void ofPlainAnswers() {
    for (int round = 0; round < ROUNDS; round++) {
      ObjectNode answer =
          strange("{\"id\":\"u\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}");
      var choice = strange("{\"index\":0,\"finish_reason\":\"stop\",\"logprobs\":null}");
      choice.set("message", strange("{\"role\":\"assistant\",\"content\":\"hi\"}"));
      answer.putArray("choices").add(choice);
      byte[] bytes = Json.bytes(answer);
      var relay =
          new OpenAiPassThrough()
              .relay(request(false), Endpoints.target(Dialect.OPENAI), facts(false));
      var out = new ByteSink(64);
      relay.accept(bytes, 0, bytes.length, out);
      relay.close(receipt(relay.end()), out);
      ObjectNode got = (ObjectNode) Json.parse(out.drain());
      got.remove(
          List.of("object", "created", "model", "provider", "service_tier", "system_fingerprint"));
      got.set("usage", answer.path("usage"));
      answer.put("id", "gen-1-a");
      choice.put("native_finish_reason", "stop");
      assertThat(got).isEqualTo(answer);
    }
  }

  private static Glance request(boolean stream) {
    return glance(
        "{\"model\":\"m/n\",\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            .formatted(stream)
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void ofChunks() {
    for (int round = 0; round < ROUNDS; round++) {
      ObjectNode chunk = strange("{\"id\":\"u\"}");
      var choice = strange("{\"index\":0,\"finish_reason\":null}");
      choice.set("delta", strange("{\"role\":\"assistant\",\"content\":\"hi\"}"));
      chunk.putArray("choices").add(choice);
      byte[] bytes = ("data: " + Json.text(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8);
      var relay =
          new OpenAiPassThrough()
              .relay(request(true), Endpoints.target(Dialect.OPENAI), facts(true));
      var out = new ByteSink(64);
      relay.accept(bytes, 0, bytes.length, out);
      String event = new String(out.drain(), StandardCharsets.UTF_8);
      ObjectNode got = (ObjectNode) Json.tryParse(event.substring(6)).orElseThrow();
      got.remove(List.of("object", "created", "model", "provider"));
      chunk.put("id", "gen-1-a");
      choice.putNull("native_finish_reason");
      assertThat(got).isEqualTo(chunk);
    }
  }
}
