package dev.signalbox.gateway.plugin;

import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Shortens a conversation from its middle until it fits: models attend to beginnings and ends.
///
/// Instructions at the beginning stay. A call of tools and its results go or stay together. When
/// only the first and the last turn are left and still too long, the longest texts lose their
/// middle.
final class MiddleOut {
  private static final int BYTES_PER_MESSAGE = Lengths.TOKENS_PER_MESSAGE * Lengths.BYTES_PER_TOKEN;
  private static final int BYTES_PER_MEDIUM = Lengths.TOKENS_PER_MEDIUM * Lengths.BYTES_PER_TOKEN;
  private static final int LEAST_TEXT_BYTES = 64;
  private static final int MAX_TRUNCATIONS = 8;
  private static final String ELLIPSIS = " … ";

  private final byte[] body;
  private final long budget;

  /// What became of a conversation.
  ///
  /// @param messages raw JSON of the array
  record Shortened(String messages, int removed, int truncated) {}

  /// Messages that belong together.
  private record Turn(List<Span> messages, long size) {}

  /// @param budgetTokens for the messages
  MiddleOut(byte[] body, long budgetTokens) {
    this.body = body;
    this.budget = budgetTokens * Lengths.BYTES_PER_TOKEN;
  }

  /// @param maxMessages that the provider takes
  /// @return empty if nothing needs to be done, or nothing can
  Optional<Shortened> messages(Span array, int maxMessages) {
    List<Span> all = Members.elements(body, array);
    int head = 0;
    long size = 0;
    while (head < all.size() && isInstruction(all.get(head))) {
      size += size(all.get(head++));
    }
    List<Turn> turns = turns(all.subList(head, all.size()));
    long total = size + turns.stream().mapToLong(Turn::size).sum();
    if (total <= budget && all.size() <= maxMessages) {
      return Optional.empty();
    }
    List<Turn> kept = withoutMiddle(turns, total, all.size(), maxMessages);
    var messages = new ArrayList<>(all.subList(0, head));
    kept.forEach(turn -> messages.addAll(turn.messages()));
    return truncated(messages).map(texts -> shortened(texts, all.size() - messages.size()));
  }

  private boolean isInstruction(Span message) {
    String role = object(message).text("role").orElse("");
    return role.equals("system") || role.equals("developer");
  }

  private Members object(Span message) {
    return Members.within(body, message);
  }

  private List<Turn> turns(List<Span> messages) {
    var turns = new ArrayList<Turn>();
    var open = new ArrayList<Span>();
    for (Span message : messages) {
      if (!open.isEmpty() && !isResult(message)) {
        turns.add(turn(open));
        open.clear();
      }
      open.add(message);
    }
    if (!open.isEmpty()) {
      turns.add(turn(open));
    }
    return turns;
  }

  private Turn turn(List<Span> messages) {
    return new Turn(List.copyOf(messages), messages.stream().mapToLong(this::size).sum());
  }

  /// A tool's result, in OpenAI's shape or Anthropic's.
  private boolean isResult(Span span) {
    Members message = object(span);
    if (message.text("role").orElse("").equals("tool")) {
      return true;
    }
    return message.kind("content") == '['
        && Members.elements(body, message.span("content")).stream()
            .anyMatch(
                part ->
                    body[part.from()] == '{'
                        && object(part).text("type").orElse("").equals("tool_result"));
  }

  private long size(Span span) {
    Members message = object(span);
    if (message.kind("content") != '[') {
      return span.length() + (long) BYTES_PER_MESSAGE;
    }
    long size = BYTES_PER_MESSAGE;
    for (Span part : Members.elements(body, message.span("content"))) {
      size +=
          body[part.from()] == '{' && !isText(part)
              ? Math.min(part.length(), BYTES_PER_MEDIUM)
              : part.length();
    }
    return size + (message.has("tool_calls") ? message.span("tool_calls").length() : 0);
  }

  private boolean isText(Span part) {
    return switch (object(part).text("type").orElse("text")) {
      case "image_url", "image", "input_audio", "file", "video_url", "document" -> false;
      default -> true;
    };
  }

  /// Leaves turns out from the middle outwards; the first and the last always stay.
  private static List<Turn> withoutMiddle(
      List<Turn> turns, long total, int count, int maxMessages, long budget) {
    int low = turns.size() / 2;
    int high = low;
    long size = total;
    int messages = count;
    boolean lower = false;
    while ((size > budget || messages > maxMessages) && (low > 1 || high < turns.size() - 1)) {
      boolean takeLow = (lower && low > 1) || high >= turns.size() - 1;
      Turn out = takeLow ? turns.get(--low) : turns.get(high++);
      size -= out.size();
      messages -= out.messages().size();
      lower = !takeLow;
    }
    var kept = new ArrayList<>(turns.subList(0, low));
    kept.addAll(turns.subList(high, turns.size()));
    return kept;
  }

  private List<Turn> withoutMiddle(List<Turn> turns, long total, int count, int maxMessages) {
    return turns.isEmpty() ? turns : withoutMiddle(turns, total, count, maxMessages, budget);
  }

  private record Texts(List<String> messages, int truncated) {}

  /// Takes the middle out of the longest texts while all is too long; empty if that does not help.
  private Optional<Texts> truncated(List<Span> messages) {
    var texts = new ArrayList<String>();
    long total = 0;
    var sizes = new long[messages.size()];
    for (int i = 0; i < sizes.length; i++) {
      Span message = messages.get(i);
      texts.add(new String(body, message.from(), message.length(), StandardCharsets.UTF_8));
      sizes[i] = size(message);
      total += sizes[i];
    }
    int truncations = 0;
    while (total > budget) {
      int longest = longest(sizes);
      long excess = total - budget;
      Optional<String> shorter = shorter(texts.get(longest), excess);
      if (shorter.isEmpty() || ++truncations > MAX_TRUNCATIONS) {
        return Optional.empty();
      }
      long saved = bytes(texts.get(longest)) - bytes(shorter.get());
      if (saved <= 0) {
        return Optional.empty();
      }
      texts.set(longest, shorter.get());
      sizes[longest] -= saved;
      total -= saved;
    }
    return Optional.of(new Texts(texts, truncations));
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static int longest(long[] sizes) {
    int longest = 0;
    for (int i = 1; i < sizes.length; i++) {
      longest = sizes[i] > sizes[longest] ? i : longest;
    }
    return longest;
  }

  /// Returns a message whose longest text has lost so many bytes from its middle, or what it can.
  private static Optional<String> shorter(String json, long excess) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    Members message = Members.within(bytes, new Span(0, bytes.length));
    if (message.kind("content") == '"') {
      return middleOut(message.text("content").orElse(""), excess)
          .map(text -> replaced(message, "content", JsonText.quote(text)));
    }
    if (message.kind("content") != '[') {
      return Optional.empty();
    }
    Span content = message.span("content");
    Span longest = null;
    for (Span part : Members.elements(bytes, content)) {
      boolean text =
          bytes[part.from()] == '{' && Members.within(bytes, part).kind(textOf(bytes, part)) == '"';
      if (text && (longest == null || part.length() > longest.length())) {
        longest = part;
      }
    }
    if (longest == null) {
      return Optional.empty();
    }
    Members part = Members.within(bytes, longest);
    String name = textOf(bytes, longest);
    int from = longest.from() - content.from();
    int to = longest.to() - content.from();
    byte[] raw = Arrays.copyOfRange(bytes, content.from(), content.to());
    return middleOut(part.text(name).orElse(""), excess)
        .map(text -> replaced(part, name, JsonText.quote(text)))
        .map(
            better ->
                new String(raw, 0, from, StandardCharsets.UTF_8)
                    + better
                    + new String(raw, to, raw.length - to, StandardCharsets.UTF_8))
        .map(parts -> replaced(message, "content", parts));
  }

  /// A part's text is its `text`, but for a tool's result.
  private static String textOf(byte[] bytes, Span part) {
    return Members.within(bytes, part).text("type").orElse("").equals("tool_result")
        ? "content"
        : "text";
  }

  private static String replaced(Members members, String name, String json) {
    var text = new StringBuilder();
    for (ByteBuffer piece : JsonSplice.of(members).set(name, json).pieces()) {
      text.append(StandardCharsets.UTF_8.decode(piece.duplicate()));
    }
    return text.toString();
  }

  /// Returns a text without so many bytes of its middle; empty if it is short already.
  static Optional<String> middleOut(String text, long excessBytes) {
    long length = bytes(text);
    if (length <= LEAST_TEXT_BYTES) {
      return Optional.empty();
    }
    long wanted = Math.max(LEAST_TEXT_BYTES, length - excessBytes - ELLIPSIS.length() - 2);
    // In characters, by their average width; a second round corrects what that misses.
    int keep = (int) (text.length() * wanted / length);
    int left = safe(text, keep / 2);
    int right = safe(text, text.length() - (keep - keep / 2));
    return right <= left
        ? Optional.empty()
        : Optional.of(text.substring(0, left) + ELLIPSIS + text.substring(right));
  }

  /// Never between the halves of a character.
  private static int safe(String text, int at) {
    return at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at)) ? at - 1 : at;
  }

  private static Shortened shortened(Texts texts, int removed) {
    return new Shortened(
        "[" + String.join(",", texts.messages()) + "]", removed, texts.truncated());
  }
}
