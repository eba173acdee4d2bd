package dev.signalbox.gateway.tokens;

import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

/// Counts the tokens of a request: of what a model reads of it, in any surface's shape.
final class PromptTokens {
  /*
   * Counted are the texts below the members that a model reads, whatever their shape, but for those
   * that only describe; tools and formats as the JSON they are. A message is framed by about four
   * tokens, and something that is no text is taken for a thousand, as the router's estimate does.
   * What is beyond the limit is taken to be like what is before it.
   */
  private static final int MAX_CHARS = 1024 * 1024;

  /// What English prose comes to.
  private static final double MOST_CHARS_PER_TOKEN = 4.5;

  private static final JsonFactory JSON = new JsonFactory();

  private static final Set<String> READ =
      Set.of("messages", "system", "prompt", "suffix", "input", "instructions");
  private static final Set<String> READ_AS_JSON =
      Set.of("tools", "functions", "response_format", "text", "output_config");

  /// Members whose text no model reads.
  private static final Set<String> DESCRIBING =
      Set.of(
          "type",
          "role",
          "id",
          "tool_call_id",
          "tool_use_id",
          "call_id",
          "status",
          "detail",
          "format",
          "media_type",
          "mime_type",
          "filename",
          "signature",
          "encrypted_content",
          "data",
          "file_data",
          "file_id",
          "url",
          "image_url",
          "ttl");

  private static final Set<String> MEDIA =
      Set.of(
          "image_url",
          "image",
          "input_image",
          "input_audio",
          "video_url",
          "input_video",
          "file",
          "input_file",
          "document");

  private final Tokenizer tokenizer;
  private long tokens;
  private long charsCounted;
  private long charsBeyond;

  private PromptTokens(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// @param members of a body that was scanned before
  static long of(Members members, Tokenizer tokenizer) {
    return counted(members, tokenizer).total();
  }

  /// Counts no text for fewer tokens than other makers' tokenizers may make of it: one run of the
  /// same letter is cut into very few by some.
  static long atMost(Members members, Tokenizer tokenizer) {
    PromptTokens counted = counted(members, tokenizer);
    long chars = counted.charsCounted + counted.charsBeyond;
    return Math.max(counted.total(), (long) (chars / MOST_CHARS_PER_TOKEN));
  }

  private static PromptTokens counted(Members members, Tokenizer tokenizer) {
    var counting = new PromptTokens(tokenizer);
    for (int i = 0; i < members.count(); i++) {
      String name = members.name(i);
      Span span = members.span(i);
      if (READ_AS_JSON.contains(name) && members.has(name)) {
        counting.text(
            new String(members.bytes(), span.from(), span.length(), StandardCharsets.UTF_8));
      } else if (READ.contains(name)) {
        counting.read(members.bytes(), span, name);
      }
    }
    return counting;
  }

  private void read(byte[] bytes, Span span, String name) {
    boolean conversation = name.equals("messages") || name.equals("input");
    try (JsonParser parser = JSON.createParser(bytes, span.from(), span.length())) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_OBJECT -> {
            // An object right inside the list is a message.
            tokens += conversation && depth == 1 ? Lengths.TOKENS_PER_MESSAGE : 0;
            depth++;
          }
          case START_ARRAY -> depth++;
          case END_OBJECT, END_ARRAY -> depth--;
          case VALUE_STRING -> string(parser);
          case VALUE_NUMBER_INT -> tokens += depth > 0 && parser.currentName() == null ? 1 : 0;
          default -> {}
        }
      }
    }
  }

  private void string(JsonParser parser) {
    String name = parser.currentName();
    if (name == null || !DESCRIBING.contains(name)) {
      text(parser.getString());
    } else if (name.equals("type") && MEDIA.contains(parser.getString())) {
      tokens += Lengths.TOKENS_PER_MEDIUM;
    }
  }

  private void text(String text) {
    long room = MAX_CHARS - charsCounted;
    int counted = (int) Math.min(text.length(), room);
    tokens += counted == 0 ? 0 : tokenizer.count(text.substring(0, counted));
    charsCounted += counted;
    charsBeyond += text.length() - counted;
  }

  private long total() {
    return charsBeyond == 0 ? tokens : tokens + tokens * charsBeyond / Math.max(1, charsCounted);
  }
}
