package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A thought of an answer, while it is put together. Not thread-safe.
final class Reasoning {
  static final String OPENAI = "openai-responses-v1";
  static final String UNKNOWN = "unknown";

  private final String id;
  private final int number;
  private final String format;
  private final StringBuilder text = new StringBuilder();
  private @Nullable String signature;
  private final boolean sealing;
  private @Nullable String sealed;

  /// @param number counts the answer's thoughts
  /// @param sealing the caller wants `encrypted_content`
  Reasoning(String id, int number, String format, boolean sealing) {
    this.id = id;
    this.number = number;
    this.format = format;
    this.sealing = sealing;
  }

  String id() {
    return id;
  }

  int number() {
    return number;
  }

  String text() {
    return text.toString();
  }

  void add(String more) {
    text.append(more);
  }

  void sign(String proof) {
    signature = proof;
  }

  void seal(String data) {
    sealed = data;
  }

  /// OpenAI's own models tell but a summary of what they thought.
  boolean isSummary() {
    return format.contains(OPENAI);
  }

  /// @param thoughts words are shown
  ObjectNode item(String status, boolean thoughts) {
    var item = Json.object().put("type", "reasoning").put("id", id);
    var summary = item.putArray("summary");
    if (thoughts && !text.isEmpty()) {
      if (isSummary()) {
        summary.add(piece(text()));
      } else {
        item.putArray("content").add(piece(text()));
      }
    }
    Optional.ofNullable(sealed).ifPresent(data -> item.put("encrypted_content", data));
    if (signature != null) {
      item.put("signature", signature);
      if (sealed == null && thoughts && sealing) {
        item.put("encrypted_content", SignedThought.write(text(), signature, format));
      }
    }
    if (!format.equals(UNKNOWN)) {
      item.put("format", format);
    }
    return item.put("status", status);
  }

  ObjectNode piece(String words) {
    return Json.object()
        .put("type", isSummary() ? "summary_text" : "reasoning_text")
        .put("text", words);
  }
}
