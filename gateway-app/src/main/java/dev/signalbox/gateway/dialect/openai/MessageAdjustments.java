package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Says a chat's messages as one provider of OpenAI's format wants them. They are parsed only if
/// one of its quirks may matter to them.
record MessageAdjustments(Quirks quirks) {
  void apply(ChatFields fields) {
    if (matters(fields) && fields.get("messages") instanceof ArrayNode messages) {
      fields.set("messages", adjusted(messages));
    }
  }

  private boolean matters(ChatFields fields) {
    return mentions(fields, Quirk.NO_DEVELOPER_ROLE, "developer")
        || mentions(fields, Quirk.LEADING_SYSTEM_ONLY, "\"role\"")
        || mentions(fields, Quirk.ALTERNATING_ROLES, "\"role\"")
        || mentions(fields, Quirk.NO_NAMES, "\"name\"")
        || mentions(fields, Quirk.STRING_CONTENT, "\"type\"")
        || mentions(fields, Quirk.SHORT_TOOL_IDS, "tool_call")
        || mentions(fields, Quirk.NO_CACHE_MARKS, "cache_")
        || mentions(fields, Quirk.PREFILL_PREFIX, "assistant")
        || (quirks.value(Quirk.THOUGHTS).isPresent() && fields.mentions("messages", "reasoning"));
  }

  private boolean mentions(ChatFields fields, Quirk quirk, String word) {
    return quirks.has(quirk) && fields.mentions("messages", word);
  }

  private ArrayNode adjusted(ArrayNode messages) {
    var all = Json.array();
    boolean begun = false;
    for (JsonNode message : messages) {
      if (!(message instanceof ObjectNode turn)) {
        all.add(message);
        continue;
      }
      String role = Json.stringOr(turn, "role", "");
      if (role.equals("developer") && quirks.has(Quirk.NO_DEVELOPER_ROLE)) {
        turn.put("role", "system");
      }
      boolean instructs = role.equals("system") || role.equals("developer");
      if (instructs && begun && quirks.has(Quirk.LEADING_SYSTEM_ONLY)) {
        turn.put("role", "user");
      }
      begun |= !instructs;
      thoughts(turn);
      if (quirks.has(Quirk.SHORT_TOOL_IDS)) {
        shortenIds(turn);
      }
      if (quirks.has(Quirk.NO_CACHE_MARKS)) {
        unmark(turn);
      }
      if (quirks.has(Quirk.NO_NAMES)) {
        name(turn);
      }
      if (quirks.has(Quirk.STRING_CONTENT)) {
        flatten(turn);
      }
      if (!quirks.has(Quirk.ALTERNATING_ROLES) || !merged(all, turn)) {
        all.add(turn);
      }
    }
    if (quirks.has(Quirk.PREFILL_PREFIX)
        && all.path(all.size() - 1) instanceof ObjectNode last
        && Json.stringOr(last, "role", "").equals("assistant")
        && !last.has("tool_calls")) {
      last.put("prefix", true);
    }
    return all;
  }

  private void thoughts(ObjectNode turn) {
    Optional<String> way = quirks.value(Quirk.THOUGHTS);
    if (way.isEmpty()) {
      return;
    }
    Optional<String> text =
        Json.string(turn, "reasoning")
            .or(() -> Json.string(turn, "reasoning_content"))
            .or(() -> joined(turn.path("reasoning_details")));
    turn.remove("reasoning");
    turn.remove("reasoning_content");
    turn.remove("reasoning_details");
    if (!way.get().equals("none")) {
      text.ifPresent(thought -> turn.put(way.get(), thought));
    }
  }

  private static Optional<String> joined(JsonNode details) {
    var text = new StringBuilder();
    details.forEach(detail -> text.append(Json.stringOr(detail, "text", "")));
    return text.isEmpty() ? Optional.empty() : Optional.of(text.toString());
  }

  private static void shortenIds(ObjectNode turn) {
    for (JsonNode call : turn.path("tool_calls")) {
      if (call instanceof ObjectNode object) {
        Json.string(object, "id").ifPresent(id -> object.put("id", shortId(id)));
      }
    }
    Json.string(turn, "tool_call_id").ifPresent(id -> turn.put("tool_call_id", shortId(id)));
  }

  /// Nine letters and digits: the same for the same id.
  static String shortId(String id) {
    if (id.matches("[A-Za-z0-9]{9}")) {
      return id;
    }
    long hash = 0xcbf29ce484222325L;
    for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001b3L;
    }
    String digits = "00000000" + Long.toUnsignedString(hash, 36);
    return digits.substring(digits.length() - 9);
  }

  private static void unmark(ObjectNode turn) {
    turn.remove("cache_control");
    for (JsonNode part : turn.path("content")) {
      if (part instanceof ObjectNode object) {
        object.remove("cache_control");
        object.remove("prompt_cache_breakpoint");
      }
    }
  }

  private static void name(ObjectNode turn) {
    Optional<String> name = Json.string(turn, "name");
    if (name.isEmpty()) {
      return;
    }
    turn.remove("name");
    if (Json.stringOr(turn, "role", "").equals("tool")) {
      return;
    }
    JsonNode content = turn.path("content");
    if (content.isString()) {
      turn.put("content", name.get() + ": " + content.stringValue());
      return;
    }
    for (JsonNode part : content) {
      if (part instanceof ObjectNode object && object.path("text").isString()) {
        object.put("text", name.get() + ": " + object.path("text").stringValue());
        return;
      }
    }
  }

  private static void flatten(ObjectNode turn) {
    if (!(turn.path("content") instanceof ArrayNode parts)) {
      return;
    }
    var text = new StringBuilder();
    for (JsonNode part : parts) {
      Optional<String> words = Json.string(part, "text");
      if (words.isEmpty()) {
        return;
      }
      text.append(text.isEmpty() ? "" : "\n").append(words.get());
    }
    turn.put("content", text.toString());
  }

  /// Adds a turn to the one before, if both are the user's or both plain words of the assistant's.
  private static boolean merged(ArrayNode all, ObjectNode turn) {
    if (!(all.path(all.size() - 1) instanceof ObjectNode before)) {
      return false;
    }
    String role = Json.stringOr(turn, "role", "");
    boolean may = role.equals("user") || role.equals("assistant") || role.equals("system");
    if (!may
        || !role.equals(Json.stringOr(before, "role", ""))
        || before.has("tool_calls")
        || turn.has("tool_calls")) {
      return false;
    }
    JsonNode one = before.path("content");
    JsonNode other = turn.path("content");
    if (one.isString() && other.isString()) {
      before.put("content", one.stringValue() + "\n\n" + other.stringValue());
    } else {
      before.set("content", parts(one).addAll(parts(other)));
    }
    return true;
  }

  private static ArrayNode parts(JsonNode content) {
    if (content instanceof ArrayNode parts) {
      return parts;
    }
    var parts = Json.array();
    if (content instanceof StringNode text) {
      parts.addObject().put("type", "text").put("text", text.stringValue());
    }
    return parts;
  }
}
