package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;

/// Notices what a message, or a chunk's part of one, says.
final class Spoken {
  private Spoken() {}

  /// @return whether it says anything that a caller would notice
  static boolean note(Members message, Transcript transcript) {
    boolean noticed = false;
    for (int i = 0; i < message.count(); i++) {
      String name = message.name(i);
      noticed |=
          switch (name) {
            case "content", "refusal" -> words(message, name, transcript);
            case "reasoning", "reasoning_content" -> thought(message, name, transcript);
            case "tool_calls" -> calls(message, transcript);
            case "function_call", "audio", "images" ->
                message.has(name) && message.span(i).length() > 2;
            default -> false;
          };
    }
    return noticed;
  }

  /// Returns whether it may hold thoughts.
  static boolean thinks(Members message) {
    return message.has("reasoning")
        || message.has("reasoning_content")
        || message.kind("content") == '[';
  }

  /// Notes a text, or the texts of an array of parts.
  static boolean words(Members members, String name, Transcript transcript) {
    Span words = members.value(name);
    if (words == null || words.length() <= 2) {
      return false;
    }
    if (members.kind(name) == '"') {
      transcript.visible(members.bytes(), words.from() + 1, words.length() - 2);
    } else if (members.kind(name) == '[') {
      for (Span part : members.elements(words)) {
        if (members.bytes()[part.from()] == '{') {
          Members inside = members.within(part);
          words(inside, "text", transcript);
          thoughts(inside, transcript);
        }
      }
    }
    return true;
  }

  /// Mistral's thoughts are parts among the words.
  private static void thoughts(Members part, Transcript transcript) {
    if (part.kind("thinking") != '[') {
      thought(part, "thinking", transcript);
      return;
    }
    for (Span piece : part.elements(part.span("thinking"))) {
      if (part.bytes()[piece.from()] == '{') {
        thought(part.within(piece), "text", transcript);
      }
    }
  }

  private static boolean thought(Members members, String name, Transcript transcript) {
    Span thought = members.value(name);
    if (thought == null || thought.length() <= 2) {
      return false;
    }
    transcript.thoughts(members.bytes(), thought.from() + 1, thought.length() - 2);
    return true;
  }

  private static String text(Span span, byte[] bytes) {
    return new String(bytes, span.from(), span.length(), StandardCharsets.UTF_8);
  }

  private static boolean calls(Members message, Transcript transcript) {
    if (message.kind("tool_calls") != '[') {
      return false;
    }
    byte[] bytes = message.bytes();
    int count = 0;
    for (Span element : Members.elements(bytes, message.span("tool_calls"))) {
      int position = count++;
      if (bytes[element.from()] != '{') {
        continue;
      }
      Members call = Members.within(bytes, element);
      if (call.kind("function") == '{') {
        // A chunk says which call it goes on with; a whole answer has them in their order.
        int place = call.number("index").map(Number::intValue).orElse(position);
        Members function = Members.within(bytes, call.span("function"));
        if (function.kind("name") == '"') {
          Span name = function.span("name");
          transcript.called(place, bytes, name.from() + 1, name.length() - 2);
        }
        if (function.kind("arguments") == '"') {
          Span arguments = function.span("arguments");
          transcript.argued(place, bytes, arguments.from() + 1, arguments.length() - 2);
        } else if (function.has("arguments")) {
          transcript.argued(place, text(function.span("arguments"), bytes));
        }
      }
    }
    return count > 0;
  }
}
