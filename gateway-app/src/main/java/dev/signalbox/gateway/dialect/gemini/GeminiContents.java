package dev.signalbox.gateway.dialect.gemini;

import dev.signalbox.gateway.dialect.canonical.DataUrl;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.conversion.Turns;
import dev.signalbox.gateway.problem.Problem;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a conversation as Gemini wants it. A call's signature goes with the call again.
///
/// @param system takes what is said before the first turn
/// @param signed the model refuses calls of its own that bear no signature
record GeminiContents(ArrayNode system, boolean signed) {
  static final String FORMAT = "google-gemini-v1";

  /// Google's word for calls that another model made.
  private static final String UNSIGNED = "skip_thought_signature_validator";

  ArrayNode write(List<Message> conversation) {
    return new Turns("model", "parts").write(conversation, system, this::addParts);
  }

  private void addParts(Message message, ArrayNode parts) {
    var signatures = new HashMap<String, String>();
    for (Part part : message.parts()) {
      if (part instanceof Part.SealedThought(var data, var id, var format)
          && format.equals(FORMAT)) {
        id.ifPresent(call -> signatures.put(call, data));
      }
    }
    String name = message.name().map(who -> who + ": ").orElse("");
    for (Part part : message.parts()) {
      switch (part) {
        case Part.Text(var words, _) -> {
          if (!words.isEmpty()) {
            parts.addObject().put("text", name + words);
            name = "";
          }
        }
        case Part.ToolCall call -> addCall(call, message, signatures, parts);
        default -> addPart(part, parts);
      }
    }
    sign(message, parts);
  }

  /// A signature that belongs to no call goes with the turn's last text.
  private static void sign(Message message, ArrayNode parts) {
    for (Part part : message.parts()) {
      if (part instanceof Part.SealedThought(var data, var id, var format)
          && format.equals(FORMAT)
          && id.isEmpty()) {
        for (int at = parts.size() - 1; at >= 0; at--) {
          if (parts.path(at) instanceof ObjectNode text && text.has("text")) {
            text.put("thoughtSignature", data);
            break;
          }
        }
      }
    }
  }

  /// The first of a turn's calls must be signed, where signatures are wanted at all.
  private void addCall(
      Part.ToolCall call, Message message, Map<String, String> signatures, ArrayNode parts) {
    var tree = parts.addObject();
    tree.putObject("functionCall")
        .put("name", call.name())
        .set("args", Json.arguments(call.arguments()));
    String signature = signatures.get(call.id());
    if (signature != null) {
      tree.put("thoughtSignature", signature);
    } else if (signed && signatures.isEmpty() && isFirst(call, message)) {
      tree.put("thoughtSignature", UNSIGNED);
    }
  }

  private static boolean isFirst(Part.ToolCall call, Message message) {
    return message.parts().stream()
        .filter(Part.ToolCall.class::isInstance)
        .findFirst()
        .filter(first -> first == call)
        .isPresent();
  }

  private static void addPart(Part part, ArrayNode parts) {
    switch (part) {
      case Part.Text _, Part.Thought _, Part.SealedThought _, Part.ToolCall _ -> {}
      case Part.Image(var url, _, _) -> addMedium(url, imageType(url), parts);
      case Part.Video(var url) -> addMedium(url, "video/mp4", parts);
      case Part.Audio(var data, var format) ->
          parts
              .addObject()
              .putObject("inlineData")
              .put("mimeType", "audio/" + (format.equals("mp3") ? "mpeg" : format))
              .put("data", data);
      case Part.File file ->
          addMedium(
              file.url()
                  .or(file::fileId)
                  .orElseThrow(() -> Problem.invalidRequest("file: expected file_data")),
              "application/pdf",
              parts);
      case Part.ToolResult result -> {
        parts
            .addObject()
            .putObject("functionResponse")
            .put("name", result.name().orElse(result.callId()))
            .putObject("response")
            .put(result.failed() ? "error" : "output", result.text());
        // What is not words stands beside the response.
        result.content().forEach(piece -> addPart(piece, parts));
      }
    }
  }

  private static void addMedium(String url, String type, ArrayNode parts) {
    var data = DataUrl.of(url);
    if (data.isPresent()) {
      parts
          .addObject()
          .putObject("inlineData")
          .put("mimeType", data.get().mediaType())
          .put("data", data.get().data());
    } else {
      parts.addObject().putObject("fileData").put("mimeType", type).put("fileUri", url);
    }
  }

  private static String imageType(String url) {
    String path = url.toLowerCase(Locale.ROOT);
    return path.endsWith(".png")
        ? "image/png"
        : path.endsWith(".webp")
            ? "image/webp"
            : path.endsWith(".gif") ? "image/gif" : "image/jpeg";
  }
}
