package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A request, line by line: what was asked and what was written read the same.
final class Script {
  static final List<String> SETTINGS = List.of("temperature", "top_p", "top_k", "seed");

  private final List<String> lines = new ArrayList<>();

  List<String> lines() {
    return lines;
  }

  void says(String who, String text) {
    lines.add(who + " says " + text);
  }

  void shows(String who, String url) {
    lines.add(who + " shows " + url);
  }

  void plays(String who, String data) {
    lines.add(who + " plays " + data);
  }

  void thinks(String text, Optional<String> signature) {
    lines.add("model thinks " + text + signature.map(word -> " signed " + word).orElse(""));
  }

  void seals(String data, Optional<String> id) {
    lines.add("model seals " + data + id.map(word -> " as " + word).orElse(""));
  }

  /// @param call its id, or its tool where the dialect knows no ids
  void calls(String call, JsonNode arguments) {
    lines.add("model calls " + call + " " + Json.text(arguments));
  }

  void result(String call, boolean failed, String text) {
    lines.add("result of " + call + (failed ? " failed " : " ") + text);
  }

  void tool(Tool tool) {
    tool(tool.name(), tool.description().orElse(""), tool.parameters().orElseThrow());
  }

  /// @param schema where the schema of its input is
  void tools(JsonNode tools, String schema) {
    for (JsonNode tool : tools) {
      tool(text(tool, "/name"), text(tool, "/description"), tool.at(schema));
    }
  }

  private void tool(String name, String description, JsonNode schema) {
    lines.add("tool " + name + " " + description + " " + Json.text(schema));
  }

  void mustCall(boolean must) {
    if (must) {
      lines.add("must call");
    }
  }

  /// @param names what the dialect calls the [#SETTINGS] it has, in their order
  void settings(JsonNode holder, String cap, String... names) {
    cap(holder.path(cap).asLong());
    for (int i = 0; i < names.length; i++) {
      setting(SETTINGS.get(i), Json.member(holder, names[i]));
    }
  }

  void cap(long tokens) {
    lines.add("cap " + tokens);
  }

  void setting(String name, Optional<JsonNode> value) {
    value.ifPresent(number -> lines.add(name + " " + number));
  }

  void stops(JsonNode words) {
    words.forEach(word -> stop(word.asString("")));
  }

  void stop(String word) {
    lines.add("stop " + word);
  }

  static String text(JsonNode tree, String pointer) {
    return tree.at(pointer).asString("");
  }
}
