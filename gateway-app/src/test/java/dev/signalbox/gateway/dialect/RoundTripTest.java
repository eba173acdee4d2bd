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
      var target = new Target(endpoint, "anthropic.claude-x", dialect, Set.of());
      var bytes = new ByteArrayOutputStream();
      for (var piece : half.write(prompt, target).body()) {
        bytes.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
      }
      return Json.parse(bytes.toByteArray());
    }

    List<String> read(JsonNode request) {
      var lines = new ArrayList<String>();
      switch (this) {
        case CHAT, COHERE -> chat(request, lines);
        case RESPONSES -> responses(request, lines);
        case ANTHROPIC -> anthropic(request, lines);
        case BEDROCK -> bedrock(request, lines);
        case GEMINI -> gemini(request, lines);
      }
      return lines;
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void nothingIsLostThatTheDialectCanSay(Way way) {
    var random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      Prompt prompt = prompt(random, way);
      assertThat(way.read(way.write(prompt)))
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
    for (String name : List.of("temperature", "top_p", "top_k", "seed")) {
      if (way.knows.contains(name) && random.nextBoolean()) {
        settings.put(name, Json.number(random.nextInt(50)));
      }
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
        OptionalLong.of(1 + random.nextInt(5000)),
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
    var lines = new ArrayList<String>();
    // Gemini knows calls by their tool; its seals stand with their calls.
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
          case Part.Text(var text, _) -> lines.add(who + " says " + text);
          case Part.Image(var url, _, _) -> lines.add(who + " shows " + url);
          case Part.Audio(var data, _) -> lines.add(who + " plays " + data);
          case Part.Thought(var text, var signature, _) ->
              lines.add(who + " thinks " + text + signature.map(s -> " signed " + s).orElse(""));
          case Part.SealedThought(var data, var id, _) -> {
            if (way == Way.GEMINI) {
              seals.put(id.orElseThrow(), data);
            } else {
              lines.add(who + " seals " + data + id.map(name -> " as " + name).orElse(""));
            }
          }
          case Part.ToolCall(var id, var name, var arguments) -> {
            lines.add(
                who
                    + " calls "
                    + (way == Way.GEMINI ? name : id + name)
                    + " "
                    + Json.text(Json.arguments(arguments)));
            if (seals.containsKey(id)) {
              lines.add("sealed " + seals.get(id));
            }
          }
          case Part.ToolResult result ->
              lines.add(
                  "result of "
                      + (way == Way.GEMINI ? result.name().orElseThrow() : result.callId())
                      + (result.failed() ? " failed " : " ")
                      + result.text());
          default -> throw new IllegalArgumentException("part: " + part);
        }
      }
    }
    for (Tool tool : prompt.tools()) {
      lines.add(
          "tool "
              + tool.name()
              + " "
              + tool.description().orElse("")
              + " "
              + Json.text(tool.parameters().orElseThrow()));
    }
    if (prompt.toolChoice() instanceof ToolChoice.Required) {
      lines.add("must call");
    }
    lines.add("cap " + prompt.maxTokens().orElseThrow());
    for (String name : List.of("temperature", "top_p", "top_k", "seed")) {
      prompt.setting(name).ifPresent(value -> lines.add(name + " " + value));
    }
    prompt.stop().forEach(word -> lines.add("stop " + word));
    return lines;
  }

  // What was written.

  private static void settings(JsonNode holder, List<String> lines, String cap, String... names) {
    lines.add("cap " + holder.path(cap).asLong());
    List<String> ours = List.of("temperature", "top_p", "top_k", "seed");
    for (int i = 0; i < names.length; i++) {
      int at = i;
      Json.member(holder, names[i]).ifPresent(value -> lines.add(ours.get(at) + " " + value));
    }
  }

  private static void tool(JsonNode tool, String schema, List<String> lines) {
    lines.add(
        "tool "
            + tool.path("name").asString("")
            + " "
            + tool.path("description").asString("")
            + " "
            + Json.text(tool.at(schema)));
  }

  private static void chat(JsonNode request, List<String> lines) {
    for (JsonNode message : request.path("messages")) {
      String role = message.path("role").asString("");
      String who = role.equals("assistant") ? "model" : role;
      JsonNode content = message.path("content");
      if (role.equals("tool")) {
        lines.add(
            "result of " + message.path("tool_call_id").asString("") + " " + content.asString(""));
        continue;
      }
      if (content.isString()) {
        lines.add(who + " says " + content.asString(""));
      }
      for (JsonNode part : content) {
        switch (part.path("type").asString("")) {
          case "text" -> lines.add(who + " says " + part.path("text").asString(""));
          case "image_url" -> lines.add(who + " shows " + part.at("/image_url/url").asString(""));
          default -> lines.add(who + " plays " + part.at("/input_audio/data").asString(""));
        }
      }
      for (JsonNode call : message.path("tool_calls")) {
        lines.add(
            "model calls "
                + call.path("id").asString("")
                + call.at("/function/name").asString("")
                + " "
                + Json.text(Json.arguments(call.at("/function/arguments").asString(""))));
      }
    }
    request.path("tools").forEach(tool -> tool(tool.path("function"), "/parameters", lines));
    if (request.path("tool_choice").asString("").equalsIgnoreCase("required")) {
      lines.add("must call");
    }
    // Cohere has shorter names.
    settings(
        request,
        lines,
        "max_tokens",
        "temperature",
        request.has("p") ? "p" : "top_p",
        request.has("k") ? "k" : "top_k",
        "seed");
    request.path("stop").forEach(word -> lines.add("stop " + word.asString("")));
    request.path("stop_sequences").forEach(word -> lines.add("stop " + word.asString("")));
  }

  private static void responses(JsonNode request, List<String> lines) {
    for (JsonNode item : request.path("input")) {
      switch (item.path("type").asString("")) {
        case "message" -> {
          String role = item.path("role").asString("");
          String who = role.equals("assistant") ? "model" : role;
          for (JsonNode part : item.path("content")) {
            lines.add(
                part.has("text")
                    ? who + " says " + part.path("text").asString("")
                    : who + " shows " + part.path("image_url").asString(""));
          }
        }
        case "reasoning" -> {
          item.path("summary")
              .forEach(part -> lines.add("model thinks " + part.path("text").asString("")));
          lines.add(
              "model seals "
                  + item.path("encrypted_content").asString("")
                  + " as "
                  + item.path("id").asString(""));
        }
        case "function_call" ->
            lines.add(
                "model calls "
                    + item.path("call_id").asString("")
                    + item.path("name").asString("")
                    + " "
                    + Json.text(Json.arguments(item.path("arguments").asString(""))));
        default ->
            lines.add(
                "result of "
                    + item.path("call_id").asString("")
                    + " "
                    + item.path("output").asString(""));
      }
    }
    request.path("tools").forEach(tool -> tool(tool, "/parameters", lines));
    if (request.path("tool_choice").asString("").equals("required")) {
      lines.add("must call");
    }
    settings(request, lines, "max_output_tokens", "temperature", "top_p");
  }

  private static void anthropic(JsonNode request, List<String> lines) {
    request
        .path("system")
        .forEach(part -> lines.add("system says " + part.path("text").asString("")));
    for (JsonNode message : request.path("messages")) {
      String who = message.path("role").asString("").equals("assistant") ? "model" : "user";
      for (JsonNode block : message.path("content")) {
        lines.add(
            switch (block.path("type").asString("")) {
              case "text" -> who + " says " + block.path("text").asString("");
              case "image" ->
                  who
                      + " shows data:"
                      + block.at("/source/media_type").asString("")
                      + ";base64,"
                      + block.at("/source/data").asString("");
              case "thinking" ->
                  who
                      + " thinks "
                      + block.path("thinking").asString("")
                      + " signed "
                      + block.path("signature").asString("");
              case "redacted_thinking" -> who + " seals " + block.path("data").asString("");
              case "tool_use" ->
                  who
                      + " calls "
                      + block.path("id").asString("")
                      + block.path("name").asString("")
                      + " "
                      + Json.text(block.path("input"));
              default ->
                  "result of "
                      + block.path("tool_use_id").asString("")
                      + (block.path("is_error").asBoolean(false) ? " failed " : " ")
                      + block.at("/content/0/text").asString("");
            });
      }
    }
    request.path("tools").forEach(tool -> tool(tool, "/input_schema", lines));
    if (request.at("/tool_choice/type").asString("").equals("any")) {
      lines.add("must call");
    }
    settings(request, lines, "max_tokens", "temperature", "top_p", "top_k");
    request.path("stop_sequences").forEach(word -> lines.add("stop " + word.asString("")));
  }

  private static void bedrock(JsonNode request, List<String> lines) {
    request
        .path("system")
        .forEach(part -> lines.add("system says " + part.path("text").asString("")));
    for (JsonNode message : request.path("messages")) {
      String who = message.path("role").asString("").equals("assistant") ? "model" : "user";
      for (JsonNode block : message.path("content")) {
        String kind = block.propertyNames().iterator().next();
        JsonNode inner = block.path(kind);
        lines.add(
            switch (kind) {
              case "text" -> who + " says " + inner.asString("");
              case "image" ->
                  who
                      + " shows data:image/"
                      + inner.path("format").asString("")
                      + ";base64,"
                      + inner.at("/source/bytes").asString("");
              case "reasoningContent" ->
                  inner.has("redactedContent")
                      ? who + " seals " + inner.path("redactedContent").asString("")
                      : who
                          + " thinks "
                          + inner.at("/reasoningText/text").asString("")
                          + " signed "
                          + inner.at("/reasoningText/signature").asString("");
              case "toolUse" ->
                  who
                      + " calls "
                      + inner.path("toolUseId").asString("")
                      + inner.path("name").asString("")
                      + " "
                      + Json.text(inner.path("input"));
              default ->
                  "result of "
                      + inner.path("toolUseId").asString("")
                      + (inner.path("status").asString("").equals("error") ? " failed " : " ")
                      + inner.at("/content/0/text").asString("");
            });
      }
    }
    request
        .at("/toolConfig/tools")
        .forEach(tool -> tool(tool.path("toolSpec"), "/inputSchema/json", lines));
    if (request.at("/toolConfig/toolChoice").has("any")) {
      lines.add("must call");
    }
    settings(request.path("inferenceConfig"), lines, "maxTokens", "temperature", "topP");
    Json.member(request.path("additionalModelRequestFields"), "top_k")
        .ifPresent(value -> lines.add("top_k " + value));
    request
        .at("/inferenceConfig/stopSequences")
        .forEach(word -> lines.add("stop " + word.asString("")));
  }

  private static void gemini(JsonNode request, List<String> lines) {
    request
        .at("/systemInstruction/parts")
        .forEach(part -> lines.add("system says " + part.path("text").asString("")));
    for (JsonNode content : request.path("contents")) {
      String who = content.path("role").asString("");
      for (JsonNode part : content.path("parts")) {
        if (part.has("text")) {
          lines.add(who + " says " + part.path("text").asString(""));
        } else if (part.has("inlineData")) {
          String type = part.at("/inlineData/mimeType").asString("");
          String data = part.at("/inlineData/data").asString("");
          lines.add(
              type.startsWith("audio")
                  ? who + " plays " + data
                  : who + " shows data:" + type + ";base64," + data);
        } else if (part.has("functionCall")) {
          JsonNode call = part.path("functionCall");
          lines.add(
              who
                  + " calls "
                  + call.path("name").asString("")
                  + " "
                  + Json.text(call.path("args")));
          Json.string(part, "thoughtSignature").ifPresent(seal -> lines.add("sealed " + seal));
        } else {
          JsonNode result = part.path("functionResponse");
          boolean failed = result.path("response").has("error");
          lines.add(
              "result of "
                  + result.path("name").asString("")
                  + (failed ? " failed " : " ")
                  + result.path("response").path(failed ? "error" : "output").asString(""));
        }
      }
    }
    request
        .at("/tools/0/functionDeclarations")
        .forEach(tool -> tool(tool, "/parametersJsonSchema", lines));
    if (request.at("/toolConfig/functionCallingConfig/mode").asString("").equals("ANY")) {
      lines.add("must call");
    }
    settings(
        request.path("generationConfig"),
        lines,
        "maxOutputTokens",
        "temperature",
        "topP",
        "topK",
        "seed");
    request
        .at("/generationConfig/stopSequences")
        .forEach(word -> lines.add("stop " + word.asString("")));
  }
}
