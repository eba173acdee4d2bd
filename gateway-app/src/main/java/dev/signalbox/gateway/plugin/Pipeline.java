package dev.signalbox.gateway.plugin;

import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The `pipeline` of an answer's `openrouter_metadata`: what was done to it beside routing.
public final class Pipeline {
  private Pipeline() {}

  /// Returns the JSON of one stage.
  ///
  /// @param type `response_healing`, `context_compression`, …
  /// @param name the plugin's id
  static String stage(String type, String name, String summary) {
    return "{\"type\":%s,\"name\":%s,\"summary\":%s}"
        .formatted(JsonText.quote(type), JsonText.quote(name), JsonText.quote(summary));
  }

  /// Returns metadata with a stage at the end of its pipeline.
  public static String with(String metadata, String stage) {
    byte[] bytes = metadata.getBytes(StandardCharsets.UTF_8);
    Members members = Members.scan(bytes);
    String before = "";
    if (members.kind("pipeline") == '[') {
      Span list = members.span("pipeline");
      before = metadata(bytes, list).strip();
    }
    var json = new StringBuilder();
    JsonSplice.of(members)
        .set("pipeline", "[" + (before.isEmpty() ? "" : before + ",") + stage + "]")
        .pieces()
        .forEach(piece -> json.append(text(piece)));
    return json.toString();
  }

  /// What is between the brackets.
  private static String metadata(byte[] bytes, Span list) {
    return new String(bytes, list.from() + 1, list.length() - 2, StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer piece) {
    return StandardCharsets.UTF_8.decode(piece.duplicate()).toString();
  }
}
