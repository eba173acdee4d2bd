package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Part;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// A thought with its signature in the words of `encrypted_content`. OpenAI's API knows no
/// signatures beside its own seals, so clients of it bring back nothing else (Codex keeps neither
/// `signature` nor `format`), and other makers' models could not go on where they stopped thinking.
/// Nothing is secret in it: the caller has seen the thought.
final class SignedThought {
  private static final String PREFIX = "signalbox-1.";

  private SignedThought() {}

  static String write(String text, String signature, String format) {
    byte[] json = Json.bytes(Json.object().put("t", text).put("s", signature).put("f", format));
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(json);
  }

  static boolean isOne(String encryptedContent) {
    return encryptedContent.startsWith(PREFIX);
  }

  /// Reads what was written here; empty for anything else, and for what somebody changed.
  static Optional<Part.Thought> read(String encryptedContent) {
    if (!isOne(encryptedContent)) {
      return Optional.empty();
    }
    byte[] json;
    try {
      json = Base64.getUrlDecoder().decode(encryptedContent.substring(PREFIX.length()));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    return Json.tryParse(new String(json, StandardCharsets.UTF_8))
        .flatMap(
            thought ->
                Json.string(thought, "s")
                    .map(
                        signature ->
                            new Part.Thought(
                                Json.stringOr(thought, "t", ""),
                                Optional.of(signature),
                                Json.stringOr(thought, "f", Reasoning.UNKNOWN))));
  }
}
