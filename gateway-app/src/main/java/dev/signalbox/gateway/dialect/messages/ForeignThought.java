package dev.signalbox.gateway.dialect.messages;

import java.util.Optional;

/// A thought's proof of another provider than Anthropic, inside the one opaque string that
/// Anthropic's format has for it, so that it finds its way back.
///
/// @param format whose it is: `google-gemini-v1`
/// @param id of what it belongs to
/// @param proof a signature, or sealed words
record ForeignThought(String format, Optional<String> id, String proof) {
  static final String NATIVE = "anthropic-claude-v1";
  private static final String MARK = "fmt:";

  static String write(String format, Optional<String> id, String proof) {
    return format.equals(NATIVE) && id.isEmpty()
        ? proof
        : MARK + format + ':' + id.orElse("") + ':' + proof;
  }

  /// Returns whether a proof is one of another provider.
  static boolean isOne(String text) {
    return text.startsWith(MARK);
  }

  static ForeignThought read(String text) {
    if (text.startsWith(MARK)) {
      String[] pieces = text.substring(MARK.length()).split(":", 3);
      if (pieces.length == 3) {
        var id = pieces[1].isEmpty() ? Optional.<String>empty() : Optional.of(pieces[1]);
        return new ForeignThought(pieces[0], id, pieces[2]);
      }
    }
    return new ForeignThought(NATIVE, Optional.empty(), text);
  }
}
