package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.anthropic.AnthropicProvider;
import dev.signalbox.gateway.dialect.bedrock.BedrockProvider;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Message.Role;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.chat.ChatProvider;
import dev.signalbox.gateway.dialect.cohere.CohereProvider;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import dev.signalbox.gateway.dialect.gemini.GeminiProvider;
import dev.signalbox.gateway.dialect.responses.ResponsesProvider;
import dev.signalbox.gateway.dialect.vertex.VertexProvider;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Whatever a dialect can say of a conversation is in the request that it writes: read again, it is
/// the same conversation, line by line.
class RoundTripTest {
  private static final int ROUNDS = 400;

  /// A dialect, and what it has words for.
  private enum Way {
    CHAT(Dialect.OPENAI, new ChatProvider(), "", "image audio call temperature top_p seed stop"),
    RESPONSES(
        Dialect.OPENAI_RESPONSES,
        new ResponsesProvider(""),
        "openai-responses-v1",
        "image sealed call temperature top_p"),
    ANTHROPIC(
        Dialect.ANTHROPIC,
        new AnthropicProvider(),
        "anthropic-claude-v1",
        "image thought sealed call failed temperature top_p top_k stop"),
    BEDROCK(
        Dialect.BEDROCK,
        new BedrockProvider(),
        "anthropic-claude-v1",
        "image thought sealed call failed temperature top_p top_k stop"),
    CLAUDE_AT_VERTEX(
        Dialect.VERTEX,
        new VertexProvider(),
        "anthropic-claude-v1",
        "image thought sealed call failed temperature top_p top_k stop"),
    GEMINI(
        Dialect.GEMINI,
        new GeminiProvider(),
        "google-gemini-v1",
        "image audio sealed call failed temperature top_p top_k seed stop"),
    COHERE(
        Dialect.COHERE, new CohereProvider(), "", "image call temperature top_p top_k seed stop");

    final Dialect dialect;
    final ProviderHalf half;
    final String format;
    final Set<String> knows;

    Way(Dialect dialect, ProviderHalf half, String format, String knows) {
      this.dialect = dialect;
      this.half = half;
      this.format = format;
      this.knows = Set.of(knows.split(" "));
    }

    JsonNode write(Prompt prompt) {
      var endpoint = Endpoints.target(dialect).endpoint();
      String model = dialect == Dialect.VERTEX ? "anthropic/claude-x" : "anthropic.claude-x";
      var target = new Target(endpoint, model, dialect, Set.of());
      var bytes = new ByteArrayOutputStream();
      for (var piece : half.write(prompt, target).body()) {
        bytes.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
      }
      return Json.parse(bytes.toByteArray());
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void nothingIsLostThatTheDialectCanSay(Way way) {
    var random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      Prompt prompt = prompt(random, way);
      assertThat(Rereading.lines(way.dialect, way.write(prompt)))
          .as("round %d: %s", round, prompt)
          .isEqualTo(lines(prompt, way));
    }
  }

  // What is asked.

  private static Prompt prompt(Random random, Way way) {
    var messages = new ArrayList<Message>();
    if (random.nextBoolean()) {
      messages.add(Message.of(Role.SYSTEM, Part.Text.of("rule " + words(random))));
    }
    var settings = new HashMap<String, JsonNode>();
    for (String name : Script.SETTINGS) {
      if (way.knows.contains(name) && random.nextBoolean()) {
        settings.put(name, Json.number(random.nextInt(name.equals("temperature") ? 2 : 50)));
      }
    }
    // Claude takes one of the two.
    if (way.knows.contains("thought") && settings.containsKey("temperature")) {
      settings.remove("top_p");
    }
    int calls = 0;
    for (int turns = 1 + random.nextInt(4); turns > 0; turns--) {
      messages.add(new Message(Role.USER, userParts(random, way), Optional.empty()));
      var parts = new ArrayList<Part>();
      if (way.knows.contains("thought") && random.nextBoolean()) {
        parts.add(new Part.Thought(words(random), Optional.of("sig" + calls), way.format));
      }
      boolean gemini = way == Way.GEMINI;
      if (way.knows.contains("sealed") && !gemini && random.nextInt(3) == 0) {
        if (way == Way.RESPONSES && random.nextBoolean()) {
          parts.add(new Part.Thought(words(random), Optional.empty(), way.format));
        }
        parts.add(new Part.SealedThought("seal" + calls, seal(way, calls), way.format));
      }
      var results = new ArrayList<Message>();
      var said = new ArrayList<Part>();
      if (random.nextInt(4) > 0) {
        said.add(Part.Text.of(words(random)));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        String id = "c" + calls++;
        if (gemini && random.nextBoolean()) {
          parts.add(new Part.SealedThought("seal" + id, Optional.of(id), way.format));
        }
        said.add(new Part.ToolCall(id, "tool" + id, "{\"a\":\"" + words(random) + "\"}"));
        boolean failed = way.knows.contains("failed") && random.nextInt(4) == 0;
        results.add(
            Message.of(
                Role.TOOL,
                new Part.ToolResult(
                    id,
                    Optional.of("tool" + id),
                    List.of(Part.Text.of(words(random))),
                    failed,
                    Optional.empty())));
      }
      parts.addAll(said);
      if (!said.isEmpty()) {
        messages.add(new Message(Role.ASSISTANT, parts, Optional.empty()));
      }
      messages.addAll(results);
    }
    messages.add(Message.of(Role.USER, Part.Text.of("last")));
    return new Prompt(
        messages,
        List.of(
            new Tool(
                "f",
                Optional.of("does " + words(random)),
                Optional.of(Json.object().put("type", "object").put("x", random.nextInt(9))),
                Optional.empty(),
                Optional.empty())),
        random.nextBoolean() ? new ToolChoice.Required() : new ToolChoice.Unsaid(),
        Optional.empty(),
        OptionalLong.of(16 + random.nextInt(5000)),
        way.knows.contains("stop") && random.nextBoolean() ? List.of("END", "·") : List.of(),
        new AnswerFormat.Free(),
        Thinking.UNSAID,
        random.nextBoolean(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        settings);
  }

  private static Optional<String> seal(Way way, int calls) {
    return way == Way.RESPONSES ? Optional.of("rs_" + calls) : Optional.empty();
  }

  private static List<Part> userParts(Random random, Way way) {
    var parts = new ArrayList<Part>();
    parts.add(Part.Text.of(words(random)));
    if (random.nextInt(3) == 0) {
      String url = "data:image/png;base64,AA" + random.nextInt(10) + "=";
      parts.add(new Part.Image(url, Optional.empty(), Optional.empty()));
    }
    if (way.knows.contains("audio") && random.nextInt(3) == 0) {
      parts.add(new Part.Audio("AAA" + random.nextInt(10), "wav"));
    }
    return parts;
  }

  private static String words(Random random) {
    String[] words = {"alpha", "Grüße", "京都", "🚲", "\\\"quoted\\\"", "a\\nb", "{}", "·"};
    var text = new StringBuilder("w");
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(' ').append(words[random.nextInt(words.length)]);
    }
    return text.toString();
  }

  private static List<String> lines(Prompt prompt, Way way) {
    var script = new Script();
    // Gemini knows calls by their tool; its seals stand with their calls.
    boolean gemini = way == Way.GEMINI;
    var seals = new HashMap<String, String>();
    for (Message message : prompt.messages()) {
      String who =
          switch (message.role()) {
            case SYSTEM -> "system";
            case ASSISTANT -> "model";
            case USER, TOOL -> "user";
          };
      for (Part part : message.parts()) {
        switch (part) {
          case Part.Text(var text, _) -> script.says(who, text);
          case Part.Image(var url, _, _) -> script.shows(who, url);
          case Part.Audio(var data, _) -> script.plays(who, data);
          case Part.Thought(var text, var signature, _) -> script.thinks(text, signature);
          case Part.SealedThought(var data, var id, _) -> {
            if (gemini) {
              seals.put(id.orElseThrow(), data);
            } else {
              script.seals(data, id);
            }
          }
          case Part.ToolCall(var id, var name, var arguments) -> {
            script.calls(gemini ? name : id + name, Json.arguments(arguments));
            if (seals.containsKey(id)) {
              script.seals(seals.get(id), Optional.empty());
            }
          }
          case Part.ToolResult result ->
              script.result(
                  gemini ? result.name().orElseThrow() : result.callId(),
                  result.failed(),
                  result.text());
          default -> throw new IllegalArgumentException("part: " + part);
        }
      }
    }
    prompt.tools().forEach(script::tool);
    script.mustCall(prompt.toolChoice() instanceof ToolChoice.Required);
    script.cap(prompt.maxTokens().orElseThrow());
    Script.SETTINGS.forEach(name -> script.setting(name, prompt.setting(name)));
    prompt.stop().forEach(script::stop);
    return script.lines();
  }
}
