package dev.signalbox.gateway.dialect.canonical;

import java.util.List;
import java.util.Optional;

/// A piece of a message.
public sealed interface Part {
  /// Words.
  record Text(String text, Optional<CacheMark> cache) implements Part {
    public static Text of(String text) {
      return new Text(text, Optional.empty());
    }
  }

  /// A picture.
  ///
  /// @param url http(s) or data
  record Image(String url, Optional<String> detail, Optional<CacheMark> cache) implements Part {}

  /// Sound.
  ///
  /// @param data base64
  record Audio(String data, String format) implements Part {}

  /// A film.
  record Video(String url) implements Part {}

  /// A document.
  ///
  /// @param url http(s) or data
  /// @param fileId the provider's own name of it
  record File(
      Optional<String> filename,
      Optional<String> url,
      Optional<String> fileId,
      Optional<CacheMark> cache)
      implements Part {
    /// Returns its name. OpenAI insists on one where the content is inline.
    public Optional<String> name() {
      return filename.or(() -> url.flatMap(DataUrl::of).map(File::unnamed));
    }

    private static String unnamed(DataUrl content) {
      return content.mediaType().equals("application/pdf") ? "document.pdf" : "document";
    }
  }

  /// What a model thought, in words.
  ///
  /// @param signature the provider's proof that it wrote them, as it came
  /// @param format whose thoughts: `anthropic-claude-v1`, …
  record Thought(String text, Optional<String> signature, String format) implements Part {}

  /// What a model thought, sealed.
  ///
  /// @param id of what it belongs to, such as a tool call
  record SealedThought(String data, Optional<String> id, String format) implements Part {}

  /// A model's wish to use a tool.
  ///
  /// @param arguments JSON as text: a model may get it wrong
  record ToolCall(String id, String name, String arguments) implements Part {}

  /// What a tool answered.
  ///
  /// @param name of the tool, where the conversation tells
  record ToolResult(
      String callId,
      Optional<String> name,
      List<Part> content,
      boolean failed,
      Optional<CacheMark> cache)
      implements Part {
    public ToolResult {
      content = List.copyOf(content);
    }

    /// Returns the words of the result.
    public String text() {
      return Part.text(content);
    }
  }

  /// Returns the words among parts.
  static String text(List<Part> parts) {
    var all = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Text text) {
        all.append(text.text());
      }
    }
    return all.toString();
  }
}
