package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.DataUrl;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.conversion.ToolIds;
import dev.signalbox.gateway.dialect.conversion.Turns;
import dev.signalbox.gateway.problem.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a conversation as Converse wants it: turns alternate, the user's is first, no text is
/// blank, media come inline or from S3.
///
/// @param system takes what is said before the first turn
record BedrockMessages(ArrayNode system, ModelFamily family) {
  /// Stands where Converse insists on words and there are none: it refuses blank ones.
  private static final String NOTHING = "(empty)";

  private static final Map<String, String> DOCUMENTS =
      Map.of(
          "application/pdf",
          "pdf",
          "text/csv",
          "csv",
          "text/html",
          "html",
          "text/plain",
          "txt",
          "text/markdown",
          "md",
          "application/msword",
          "doc",
          "application/vnd.ms-excel",
          "xls",
          "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "docx",
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "xlsx");

  ArrayNode write(List<Message> conversation) {
    var messages = new Turns("assistant", "content").write(conversation, system, this::addParts);
    if (messages.isEmpty()) {
      throw Problem.invalidRequest("messages: all are empty (expected: one that says something)");
    }
    if (Json.stringOr(messages.path(0), "role", "").equals("assistant")) {
      var opening = messages.insertObject(0).put("role", "user");
      opening.putArray("content").addObject().put("text", NOTHING);
    }
    messages.forEach(turn -> introduceDocuments((ArrayNode) turn.path("content")));
    return messages;
  }

  /// Converse wants words beside a document: its name will do.
  private static void introduceDocuments(ArrayNode content) {
    Optional<String> name = Optional.empty();
    for (JsonNode block : content) {
      if (block.has("text")) {
        return;
      }
      name = name.or(() -> Json.string(block.path("document"), "name"));
    }
    name.ifPresent(words -> content.addObject().put("text", words));
  }

  private void addParts(Message message, ArrayNode content) {
    String name = message.name().map(who -> who + ": ").orElse("");
    for (Part part : message.parts()) {
      if (part instanceof Part.Text(var words, var cache)) {
        addText(name + words, cache, content);
        name = "";
      } else {
        addPart(part, content);
      }
    }
  }

  private void addPart(Part part, ArrayNode content) {
    switch (part) {
      case Part.Text(var words, var cache) -> addText(words, cache, content);
      case Part.Image(var url, _, var cache) -> {
        addMedium("image", url, "png", content);
        mark(cache, content);
      }
      case Part.Video(var url) -> addMedium("video", url, "mp4", content);
      case Part.Audio(var data, var format) ->
          content
              .addObject()
              .putObject("audio")
              .put("format", format)
              .putObject("source")
              .put("bytes", data);
      case Part.File file -> {
        addDocument(file, content);
        mark(file.cache(), content);
      }
      case Part.Thought(var words, var signature, var format) -> {
        if (signature.isPresent() && format.equals(family.thoughtFormat())) {
          content
              .addObject()
              .putObject("reasoningContent")
              .putObject("reasoningText")
              .put("text", words)
              .put("signature", signature.get());
        }
      }
      case Part.SealedThought(var data, _, var format) -> {
        if (format.equals(family.thoughtFormat())) {
          content.addObject().putObject("reasoningContent").put("redactedContent", data);
        }
      }
      case Part.ToolCall(var id, var called, var arguments) ->
          content
              .addObject()
              .putObject("toolUse")
              .put("toolUseId", ToolIds.plain(id))
              .put("name", called)
              .set("input", Json.arguments(arguments));
      case Part.ToolResult result -> addResult(result, content);
    }
  }

  private void addResult(Part.ToolResult result, ArrayNode content) {
    var tree = content.addObject().putObject("toolResult");
    tree.put("toolUseId", ToolIds.plain(result.callId()));
    var inner = tree.putArray("content");
    result.content().forEach(piece -> addPart(piece, inner));
    if (inner.isEmpty()) {
      inner.addObject().put("text", NOTHING);
    }
    if (result.failed()) {
      tree.put("status", "error");
    }
    mark(result.cache(), content);
  }

  private static void addText(String words, Optional<CacheMark> cache, ArrayNode content) {
    if (!words.isBlank()) {
      content.addObject().put("text", words);
      mark(cache, content);
    }
  }

  /// A mark stands behind what it marks.
  private static void mark(Optional<CacheMark> cache, ArrayNode content) {
    cache.ifPresent(mark -> content.add(cachePoint(mark)));
  }

  static ObjectNode cachePoint(CacheMark mark) {
    var tree = Json.object();
    var point = tree.putObject("cachePoint").put("type", "default");
    mark.ttl().ifPresent(ttl -> point.put("ttl", ttl));
    return tree;
  }

  private static void addMedium(String kind, String url, String preset, ArrayNode content) {
    var tree = content.addObject().putObject(kind);
    var data = DataUrl.of(url);
    String type = data.map(DataUrl::mediaType).orElse(kind + "/" + ending(url, preset));
    tree.put("format", format(type));
    tree.set("source", source(kind, url, data));
  }

  private static String format(String mediaType) {
    String format = mediaType.substring(mediaType.indexOf('/') + 1).toLowerCase(Locale.ROOT);
    return switch (format) {
      case "jpg" -> "jpeg";
      case "quicktime" -> "mov";
      case "x-matroska" -> "mkv";
      case "3gpp" -> "three_gp";
      default -> format;
    };
  }

  private static String ending(String url, String preset) {
    String path = url.replaceAll("[?#].*", "");
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') ? path.substring(dot + 1) : preset;
  }

  private static ObjectNode source(String kind, String url, Optional<DataUrl> data) {
    if (data.isPresent()) {
      return Json.object().put("bytes", data.get().data());
    }
    if (url.startsWith("s3://")) {
      var tree = Json.object();
      tree.putObject("s3Location").put("uri", url);
      return tree;
    }
    throw Problem.invalidRequest(
        "%s: by URL (expected: a data URL, or s3://, for this provider)".formatted(kind));
  }

  private static void addDocument(Part.File file, ArrayNode content) {
    String url =
        file.url()
            .orElseThrow(() -> Problem.invalidRequest("file: expected file_data, not file_id"));
    var data = DataUrl.of(url);
    String name = file.filename().orElse("document");
    String format =
        data.map(inline -> DOCUMENTS.getOrDefault(inline.mediaType(), ending(name, "pdf")))
            .orElseGet(() -> ending(url, "pdf"));
    var tree = content.addObject().putObject("document").put("format", format);
    tree.put("name", documentName(name));
    tree.set("source", source("document", url, data));
  }

  /// Letters, digits, single spaces, hyphens and brackets are all that a document's name may have.
  private static String documentName(String name) {
    int dot = name.lastIndexOf('.');
    String plain =
        (dot > 0 ? name.substring(0, dot) : name)
            .replaceAll("[^A-Za-z0-9\\-()\\[\\] ]", " ")
            .replaceAll(" +", " ")
            .strip();
    return plain.isEmpty() ? "document" : plain;
  }
}
