package dev.signalbox.gateway.plan;

import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The end of a conversation, read without what comes before it.
///
/// @param text the first part of the last message that the caller wrote; empty where none is near
///   the end
/// @param answeredBy the `model` of the last message that a model wrote, where it was asked for
record LastMessage(String text, Optional<String> answeredBy) {
  /*
   * A conversation may be megabytes long, and only its end is asked for. JSON can be walked from its
   * end: outside of strings, a quote always closes one, and its opening is the next quote before an
   * even number of backslashes. So the elements of an array come last to first, and what is read is
   * bounded, whatever the length.
   */
  static final int MAX_WALKED = 256 * 1024;
  static final int MAX_TEXT = 4096;

  private static final LastMessage NONE = new LastMessage("", Optional.empty());

  /// @param conversation `messages`, `input` or `prompt`: a text, or an array
  /// @param answerer whether to look for who answered last
  static LastMessage of(byte[] bytes, Span conversation, boolean answerer) {
    return switch (bytes[conversation.from()]) {
      case '"' -> new LastMessage(text(bytes, conversation), Optional.empty());
      case '[' -> walked(bytes, conversation, answerer);
      default -> NONE;
    };
  }

  private static LastMessage walked(byte[] bytes, Span array, boolean answerer) {
    int least = Math.max(array.from(), array.to() - MAX_WALKED);
    Optional<String> text = Optional.empty();
    Optional<String> answeredBy = Optional.empty();
    boolean answered = !answerer;
    int end = array.to() - 1;
    while (text.isEmpty() || !answered) {
      Span element = before(bytes, end, least);
      if (element == null) {
        break;
      }
      end = element.from();
      if (bytes[element.from()] == '"') {
        text = text.or(() -> Optional.of(text(bytes, element)));
        continue;
      }
      if (bytes[element.from()] != '{') {
        continue;
      }
      Members message = Members.within(bytes, element);
      String role = message.text("role").orElse("");
      if (role.equals("user") && text.isEmpty()) {
        text = content(message);
      } else if (role.equals("assistant") && !answered) {
        answered = true;
        answeredBy = message.text("model");
      }
    }
    return new LastMessage(text.orElse(""), answeredBy);
  }

  /// Returns the element that ends before a place, or null where none begins within bounds.
  private static @Nullable Span before(byte[] bytes, int end, int least) {
    int at = end - 1;
    while (at > least && (bytes[at] == ',' || bytes[at] <= ' ')) {
      at--;
    }
    int to = at + 1;
    int depth = 0;
    for (; at > least; at--) {
      switch (bytes[at]) {
        case '"' -> {
          at = opening(bytes, at, least);
          if (at <= least) {
            return null;
          }
          if (depth == 0) {
            return new Span(at, to);
          }
        }
        case '}', ']' -> depth++;
        case ',' -> {
          if (depth == 0) {
            return new Span(at + 1, to);
          }
        }
        case '{', '[' -> {
          if (--depth == 0) {
            return new Span(at, to);
          }
          if (depth < 0) {
            return null;
          }
        }
        default -> {}
      }
    }
    return null;
  }

  /// Returns where the string opens that closes at a place.
  private static int opening(byte[] bytes, int closing, int least) {
    int at = closing - 1;
    while (at > least) {
      if (bytes[at] == '"') {
        int slash = at;
        while (slash > least && bytes[slash - 1] == '\\') {
          slash--;
        }
        if ((at - slash) % 2 == 0) {
          return at;
        }
        at = slash;
      }
      at--;
    }
    return least;
  }

  private static Optional<String> content(Members message) {
    Span content = message.value("content");
    if (content == null) {
      return Optional.empty();
    }
    byte[] bytes = message.bytes();
    if (bytes[content.from()] == '"') {
      return Optional.of(text(bytes, content));
    }
    if (bytes[content.from()] != '[') {
      return Optional.empty();
    }
    var texts = new StringBuilder();
    message.elements(
        content,
        (_, _, part) -> {
          Span text = part == null ? null : part.value("text");
          if (text != null && bytes[text.from()] == '"' && texts.length() < MAX_TEXT) {
            texts.append(text(bytes, text)).append('\n');
          }
        });
    // A message of nothing but tools' results: what was asked for is further up.
    return texts.isEmpty() ? Optional.empty() : Optional.of(texts.toString());
  }

  /// Returns the beginning of a string's text.
  private static String text(byte[] bytes, Span string) {
    if (string.length() <= MAX_TEXT) {
      return JsonText.decode(bytes, string);
    }
    // Cut where neither an escape nor a character of several bytes is torn apart.
    int end = string.from() + 1;
    while (end < string.from() + MAX_TEXT) {
      end += bytes[end] != '\\' ? 1 : bytes[end + 1] == 'u' ? 6 : 2;
    }
    // An escape that is none may point beyond the string.
    end = Math.min(end, string.to() - 1);
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return JsonText.decode(bytes, new Span(string.from(), end + 1));
  }
}
