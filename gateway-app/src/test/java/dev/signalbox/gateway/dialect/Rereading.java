package dev.signalbox.gateway.dialect;

import static dev.signalbox.gateway.dialect.Script.text;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads requests as providers do.
final class Rereading {
  private Rereading() {}

  static List<String> lines(Dialect dialect, JsonNode request) {
    var script = new Script();
    switch (dialect) {
      case OPENAI, COHERE -> chat(request, script);
      case OPENAI_RESPONSES -> responses(request, script);
      case ANTHROPIC, VERTEX -> anthropic(request, script);
      case BEDROCK -> bedrock(request, script);
      case GEMINI -> gemini(request, script);
      default -> throw new IllegalArgumentException("dialect: " + dialect);
    }
    return script.lines();
  }

  private static String who(JsonNode message) {
    String role = text(message, "/role");
    return role.equals("assistant") ? "model" : role;
  }

  private static String dataUrl(String type, String data) {
    return "data:" + type + ";base64," + data;
  }

  private static JsonNode arguments(JsonNode call) {
    return Json.arguments(text(call, "/arguments"));
  }

  private static void chat(JsonNode request, Script script) {
    for (JsonNode message : request.path("messages")) {
      String who = who(message);
      JsonNode content = message.path("content");
      if (who.equals("tool")) {
        script.result(text(message, "/tool_call_id"), false, content.asString(""));
        continue;
      }
      if (content.isString()) {
        script.says(who, content.asString(""));
      }
      for (JsonNode part : content) {
        switch (text(part, "/type")) {
          case "text" -> script.says(who, text(part, "/text"));
          case "image_url" -> script.shows(who, text(part, "/image_url/url"));
          default -> script.plays(who, text(part, "/input_audio/data"));
        }
      }
      for (JsonNode call : message.path("tool_calls")) {
        JsonNode function = call.path("function");
        script.calls(text(call, "/id") + text(function, "/name"), arguments(function));
      }
    }
    request
        .path("tools")
        .forEach(tool -> script.tools(Json.array().add(tool.path("function")), "/parameters"));
    script.mustCall(text(request, "/tool_choice").equalsIgnoreCase("required"));
    // Cohere has shorter names.
    String topP = request.has("p") ? "p" : "top_p";
    String topK = request.has("k") ? "k" : "top_k";
    script.settings(request, "max_tokens", "temperature", topP, topK, "seed");
    script.stops(request.path("stop"));
    script.stops(request.path("stop_sequences"));
  }

  private static void responses(JsonNode request, Script script) {
    for (JsonNode item : request.path("input")) {
      switch (text(item, "/type")) {
        case "message" -> {
          for (JsonNode part : item.path("content")) {
            if (part.has("text")) {
              script.says(who(item), text(part, "/text"));
            } else {
              script.shows(who(item), text(part, "/image_url"));
            }
          }
        }
        case "reasoning" -> {
          for (JsonNode part : item.path("summary")) {
            script.thinks(text(part, "/text"), Optional.empty());
          }
          script.seals(text(item, "/encrypted_content"), Json.string(item, "id"));
        }
        case "function_call" ->
            script.calls(text(item, "/call_id") + text(item, "/name"), arguments(item));
        default -> script.result(text(item, "/call_id"), false, text(item, "/output"));
      }
    }
    script.tools(request.path("tools"), "/parameters");
    script.mustCall(text(request, "/tool_choice").equals("required"));
    script.settings(request, "max_output_tokens", "temperature", "top_p");
  }

  private static void anthropic(JsonNode request, Script script) {
    request.path("system").forEach(part -> script.says("system", text(part, "/text")));
    for (JsonNode message : request.path("messages")) {
      String who = who(message);
      for (JsonNode block : message.path("content")) {
        switch (text(block, "/type")) {
          case "text" -> script.says(who, text(block, "/text"));
          case "image" ->
              script.shows(
                  who, dataUrl(text(block, "/source/media_type"), text(block, "/source/data")));
          case "thinking" ->
              script.thinks(text(block, "/thinking"), Json.string(block, "signature"));
          case "redacted_thinking" -> script.seals(text(block, "/data"), Optional.empty());
          case "tool_use" ->
              script.calls(text(block, "/id") + text(block, "/name"), block.path("input"));
          default ->
              script.result(
                  text(block, "/tool_use_id"),
                  block.path("is_error").asBoolean(false),
                  text(block, "/content/0/text"));
        }
      }
    }
    script.tools(request.path("tools"), "/input_schema");
    script.mustCall(text(request, "/tool_choice/type").equals("any"));
    script.settings(request, "max_tokens", "temperature", "top_p", "top_k");
    script.stops(request.path("stop_sequences"));
  }

  private static void bedrock(JsonNode request, Script script) {
    request.path("system").forEach(part -> script.says("system", text(part, "/text")));
    for (JsonNode message : request.path("messages")) {
      String who = who(message);
      for (JsonNode block : message.path("content")) {
        String kind = block.propertyNames().iterator().next();
        JsonNode inner = block.path(kind);
        switch (kind) {
          case "text" -> script.says(who, inner.asString(""));
          case "image" ->
              script.shows(
                  who, dataUrl("image/" + text(inner, "/format"), text(inner, "/source/bytes")));
          case "reasoningContent" -> {
            JsonNode open = inner.path("reasoningText");
            if (inner.has("redactedContent")) {
              script.seals(text(inner, "/redactedContent"), Optional.empty());
            } else {
              script.thinks(text(open, "/text"), Json.string(open, "signature"));
            }
          }
          case "toolUse" ->
              script.calls(text(inner, "/toolUseId") + text(inner, "/name"), inner.path("input"));
          default ->
              script.result(
                  text(inner, "/toolUseId"),
                  text(inner, "/status").equals("error"),
                  text(inner, "/content/0/text"));
        }
      }
    }
    request
        .at("/toolConfig/tools")
        .forEach(
            tool -> script.tools(Json.array().add(tool.path("toolSpec")), "/inputSchema/json"));
    script.mustCall(request.at("/toolConfig/toolChoice").has("any"));
    script.settings(request.path("inferenceConfig"), "maxTokens", "temperature", "topP");
    script.setting("top_k", Json.member(request.path("additionalModelRequestFields"), "top_k"));
    script.stops(request.at("/inferenceConfig/stopSequences"));
  }

  private static void gemini(JsonNode request, Script script) {
    request
        .at("/systemInstruction/parts")
        .forEach(part -> script.says("system", text(part, "/text")));
    for (JsonNode content : request.path("contents")) {
      String who = who(content);
      for (JsonNode part : content.path("parts")) {
        if (part.has("text")) {
          script.says(who, text(part, "/text"));
        } else if (part.has("inlineData")) {
          String type = text(part, "/inlineData/mimeType");
          String data = text(part, "/inlineData/data");
          if (type.startsWith("audio")) {
            script.plays(who, data);
          } else {
            script.shows(who, dataUrl(type, data));
          }
        } else if (part.has("functionCall")) {
          JsonNode call = part.path("functionCall");
          script.calls(text(call, "/name"), call.path("args"));
          Json.string(part, "thoughtSignature")
              .ifPresent(seal -> script.seals(seal, Optional.empty()));
        } else {
          JsonNode response = part.at("/functionResponse/response");
          boolean failed = response.has("error");
          script.result(
              text(part, "/functionResponse/name"),
              failed,
              text(response, failed ? "/error" : "/output"));
        }
      }
    }
    script.tools(request.at("/tools/0/functionDeclarations"), "/parametersJsonSchema");
    script.mustCall(text(request, "/toolConfig/functionCallingConfig/mode").equals("ANY"));
    JsonNode config = request.path("generationConfig");
    script.settings(config, "maxOutputTokens", "temperature", "topP", "topK", "seed");
    script.stops(config.path("stopSequences"));
  }
}
