package dev.signalbox.gateway.plugin;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Makes JSON of an answer that should have been JSON.
public final class ResponseHealing {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final int MAX_BEGINNINGS = 8;
  private static final int MAX_CHARS = 4 * 1024 * 1024;
  private static final Pattern FENCE =
      Pattern.compile("```[A-Za-z0-9_-]*[ \\t]*\\r?\\n?(.*?)(?:```|\\z)", Pattern.DOTALL);
  private static final Pattern BARE_MEMBERS = Pattern.compile("\\A\\s*[\"'“]?[\\w$-]+[\"'”]?\\s*:");

  private ResponseHealing() {}

  /// Returns the mended text; empty if the text is sound, or cannot be mended.
  public static Optional<String> heal(String text) {
    if (text.length() > MAX_CHARS || isSound(text)) {
      return Optional.empty();
    }
    Matcher fence = FENCE.matcher(text);
    while (fence.find()) {
      Optional<String> inside = first(fence.group(1));
      if (inside.isPresent()) {
        return inside;
      }
    }
    return first(text);
  }

  private static boolean isSound(String text) {
    try {
      var tree = STRICT.readTree(text);
      return tree.isContainer();
    } catch (JacksonException _) {
      return false;
    }
  }

  /// The first object or array that can be read; prose may come before it and after.
  private static Optional<String> first(String text) {
    int from = 0;
    for (int tries = 0; tries < MAX_BEGINNINGS; tries++) {
      int begin = beginning(text, from);
      if (begin < 0) {
        break;
      }
      Optional<String> value = LenientJson.value(text, begin).filter(ResponseHealing::isSound);
      if (value.isPresent()) {
        return value;
      }
      from = begin + 1;
    }
    // The opening brace is what is missing.
    return BARE_MEMBERS.matcher(text).find()
        ? LenientJson.value("{" + text, 0).filter(ResponseHealing::isSound)
        : Optional.empty();
  }

  private static int beginning(String text, int from) {
    int object = text.indexOf('{', from);
    int array = text.indexOf('[', from);
    return object < 0 ? array : array < 0 ? object : Math.min(object, array);
  }
}
