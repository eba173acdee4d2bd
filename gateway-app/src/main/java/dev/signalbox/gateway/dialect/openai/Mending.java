package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Mends messages, or the parts of one, of providers that say some things differently from the rest
/// of their family. Not thread-safe: it counts one answer's tool calls.
final class Mending {
  private static final List<String> THOUGHTS =
      List.of("reasoning", "reasoning_content", "reasoning_details");

  private final boolean hidesThoughts;
  private int calls;

  private Mending(boolean hidesThoughts) {
    this.hidesThoughts = hidesThoughts;
  }

  /// The caller may want none of the thoughts.
  static Mending of(Glance glance) {
    Members request = glance.members();
    boolean excluded =
        request.kind("reasoning") == '{'
            && request.within(request.span("reasoning")).isTrue("exclude");
    return new Mending(excluded || request.kind("include_reasoning") == 'f');
  }

  /// Returns the message mended, or null if there is nothing to mend.
  ///
  /// @param streamed it is a part of one
  @Nullable String mended(byte[] json, Span span, Members message, boolean streamed) {
    boolean hidden = hidesThoughts && thinks(message);
    boolean alias = message.has("reasoning_content") && !message.has("reasoning");
    boolean parts = message.kind("content") == '[';
    boolean calls = oddCalls(message, streamed);
    boolean nameless = !streamed && !message.has("role");
    if (!hidden && !alias && !parts && !calls && !nameless) {
      return null;
    }
    ObjectNode tree = (ObjectNode) Json.parse(Arrays.copyOfRange(json, span.from(), span.to()));
    if (parts) {
      join(tree);
    }
    if (alias) {
      tree.set("reasoning", tree.path("reasoning_content"));
      tree.remove("reasoning_content");
    }
    if (hidesThoughts) {
      THOUGHTS.forEach(tree::remove);
    }
    if (calls) {
      for (JsonNode call : tree.path("tool_calls")) {
        call(call, streamed);
      }
    }
    if (!message.has("role")) {
      tree.put("role", "assistant");
    }
    return Json.text(tree);
  }

  private static boolean thinks(Members message) {
    for (String name : THOUGHTS) {
      if (message.has(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean oddCalls(Members message, boolean streamed) {
    if (message.kind("tool_calls") != '[') {
      return false;
    }
    byte[] bytes = message.bytes();
    for (Span call : Members.elements(bytes, message.span("tool_calls"))) {
      if (bytes[call.from()] == '{' && isOdd(Members.within(bytes, call), streamed)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOdd(Members call, boolean streamed) {
    boolean lacking = streamed ? !call.has("index") : !call.has("id") || !call.has("type");
    return lacking
        || (call.kind("function") == '{'
            && call.within(call.span("function")).kind("arguments") == '{');
  }

  /// Content in parts becomes text, and the thoughts among them reasoning.
  private static void join(ObjectNode message) {
    var text = new StringBuilder();
    var thought = new StringBuilder();
    var others = Json.array();
    for (JsonNode part : message.path("content")) {
      JsonNode thinking = part.path("thinking");
      if (thinking.isMissingNode()) {
        Json.string(part, "text").ifPresentOrElse(text::append, () -> others.add(part));
      } else {
        thought.append(thinking.asString(""));
        thinking.forEach(piece -> thought.append(Json.stringOr(piece, "text", "")));
      }
    }
    message.put("content", text.toString());
    if (!thought.isEmpty() && !message.has("reasoning")) {
      message.put("reasoning", thought.toString());
    }
    if (!others.isEmpty()) {
      message.set("content_parts", others);
    }
  }

  private void call(JsonNode call, boolean streamed) {
    if (!(call instanceof ObjectNode tree)) {
      return;
    }
    if (streamed) {
      number(tree);
    } else {
      if (Json.member(tree, "id").isEmpty()) {
        tree.put("id", "call_" + UUID.randomUUID());
      }
      typed(tree);
    }
    if (tree.path("function") instanceof ObjectNode function
        && function.path("arguments").isObject()) {
      function.put("arguments", Json.text(function.path("arguments")));
    }
  }

  /// A call with an id is a new one, one without goes on with the last.
  private void number(ObjectNode call) {
    if (Json.member(call, "index").isEmpty()) {
      boolean fresh = calls == 0 || Json.string(call, "id").isPresent();
      call.put("index", fresh ? calls++ : calls - 1);
      if (fresh) {
        typed(call);
      }
    }
  }

  private static void typed(ObjectNode call) {
    if (Json.member(call, "type").isEmpty()) {
      call.put("type", "function");
    }
  }
}
