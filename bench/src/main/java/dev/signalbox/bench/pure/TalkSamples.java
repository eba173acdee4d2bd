package dev.signalbox.bench.pure;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.pricing.Pricing;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/// The same conversation and the same answer in each format.
final class TalkSamples {
  private static final String LINE = "Signals tell a train \\\"where\\\" it may go, and when.\\n";

  private TalkSamples() {}

  static Target target(Dialect dialect) {
    var model =
        new Model(
            "acme/alpha",
            "acme/alpha",
            "Alpha",
            1,
            Optional.empty(),
            200_000,
            new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty()),
            List.of(),
            false,
            Map.of());
    var provider =
        new Provider(
            "acme",
            "Acme",
            DataPolicy.UNKNOWN,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    var endpoint =
        new Endpoint(
            EndpointId.of("acme/alpha", "acme"),
            model,
            provider,
            "acme",
            "default",
            Pricing.FREE,
            Pricing.FREE,
            200_000,
            OptionalLong.of(8192),
            OptionalLong.empty(),
            "unknown",
            Set.of(),
            DataPolicy.UNKNOWN,
            false,
            true);
    return new Target(endpoint, "alpha-1", dialect, Set.of());
  }

  /// A conversation of eight turns and about so many bytes.
  static byte[] request(Surface surface, int bytes) {
    String text = LINE.repeat(Math.max(1, bytes / 8 / LINE.length()));
    var turns = new StringBuilder();
    for (int i = 0; i < 7; i++) {
      turns.append(i == 0 ? "" : ",");
      turns.append(
          "{\"role\":\"%s\",\"content\":\"%s\"}"
              .formatted(i % 2 == 0 ? "user" : "assistant", text));
    }
    String body =
        switch (surface) {
          case MESSAGES ->
              "{\"model\":\"acme/alpha\",\"max_tokens\":500,\"stream\":true,\"system\":\"%s\",\"messages\":[%s]}";
          case RESPONSES ->
              "{\"model\":\"acme/alpha\",\"stream\":true,\"instructions\":\"%s\",\"input\":[%s]}";
          default ->
              "{\"model\":\"acme/alpha\",\"stream\":true,\"temperature\":0.7,\"messages\":[{\"role\":\"system\",\"content\":\"%s\"},%s]}";
        };
    return body.formatted(text, turns).getBytes(StandardCharsets.UTF_8);
  }

  /// An answer of so many words, one an event.
  static byte[] events(Dialect dialect, int count) {
    return switch (dialect) {
      case ANTHROPIC -> anthropic(count);
      case GEMINI -> gemini(count);
      case COHERE -> cohere(count);
      case BEDROCK -> bedrock(count);
      case OPENAI_RESPONSES -> responses(count);
      default -> openAi(count);
    };
  }

  private static byte[] openAi(int count) {
    String head =
        "data:"
            + " {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"up\",\"choices\":";
    return (head
            + "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
            + (head
                    + "[{\"index\":0,\"delta\":{\"content\":\""
                    + " word\"},\"finish_reason\":null}]}\n\n")
                .repeat(count)
            + head
            + "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + head
            + "[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9,\"total_tokens\":18}}\n\n"
            + "data: [DONE]\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String named(String name, String data) {
    return "event: " + name + "\ndata: " + data + "\n\n";
  }

  private static byte[] anthropic(int count) {
    return (named(
                "message_start",
                "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"up\",\"stop_reason\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}")
            + named(
                "content_block_start",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}")
            + named(
                    "content_block_delta",
                    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                        + " word\"}}")
                .repeat(count)
            + named("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}")
            + named(
                "message_delta",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":9}}")
            + named("message_stop", "{\"type\":\"message_stop\"}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gemini(int count) {
    String event =
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
            + " word\"}],\"role\":\"model\"},\"index\":0%s}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":9,\"totalTokenCount\":18},\"modelVersion\":\"up\",\"responseId\":\"r\"}\n\n";
    return (event.formatted("").repeat(count) + event.formatted(",\"finishReason\":\"STOP\""))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] cohere(int count) {
    return (named(
                "message-start",
                "{\"id\":\"i\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_calls\":[]}}}")
            + named(
                "content-start",
                "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}")
            + named(
                    "content-delta",
                    "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\""
                        + " word\"}}}}")
                .repeat(count)
            + named("content-end", "{\"type\":\"content-end\",\"index\":0}")
            + named(
                "message-end",
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":9,\"output_tokens\":9},\"tokens\":{\"input_tokens\":9,\"output_tokens\":9}}}}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] responses(int count) {
    return (named(
                "response.created",
                "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"created_at\":1,\"status\":\"in_progress\",\"model\":\"up\",\"output\":[]},\"sequence_number\":0}")
            + named(
                "response.output_item.added",
                "{\"type\":\"response.output_item.added\",\"item\":{\"id\":\"m\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"},\"output_index\":0,\"sequence_number\":1}")
            + named(
                "response.content_part.added",
                "{\"type\":\"response.content_part.added\",\"content_index\":0,\"item_id\":\"m\",\"output_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":[],\"text\":\"\"},\"sequence_number\":2}")
            + named(
                    "response.output_text.delta",
                    "{\"type\":\"response.output_text.delta\",\"content_index\":0,\"delta\":\""
                        + " word\",\"item_id\":\"m\",\"logprobs\":[],\"output_index\":0,\"sequence_number\":3}")
                .repeat(count)
            + named(
                "response.output_item.done",
                "{\"type\":\"response.output_item.done\",\"item\":{\"id\":\"m\",\"type\":\"message\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"text\":\"word\"}],\"role\":\"assistant\"},\"output_index\":0,\"sequence_number\":4}")
            + named(
                "response.completed",
                "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\",\"model\":\"up\",\"output\":[{\"id\":\"m\",\"type\":\"message\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"text\":\"word\"}],\"role\":\"assistant\"}],\"usage\":{\"input_tokens\":9,\"output_tokens\":9,\"total_tokens\":18,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens_details\":{\"reasoning_tokens\":0}}},\"sequence_number\":5}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bedrock(int count) {
    var out = new ByteArrayOutputStream();
    frame("messageStart", "{\"role\":\"assistant\"}", out);
    for (int i = 0; i < count; i++) {
      frame("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\" word\"}}", out);
    }
    frame("contentBlockStop", "{\"contentBlockIndex\":0}", out);
    frame("messageStop", "{\"stopReason\":\"end_turn\"}", out);
    frame(
        "metadata",
        "{\"usage\":{\"inputTokens\":9,\"outputTokens\":9,\"totalTokens\":18},\"metrics\":{\"latencyMs\":1}}",
        out);
    return out.toByteArray();
  }

  private static void frame(String type, String payload, ByteArrayOutputStream out) {
    new Message(
            Map.of(
                ":message-type", HeaderValue.fromString("event"),
                ":event-type", HeaderValue.fromString(type),
                ":content-type", HeaderValue.fromString("application/json")),
            payload.getBytes(StandardCharsets.UTF_8))
        .encode(out);
  }
}
