package dev.signalbox.gateway.sandbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The sandbox's words, and the directives that a prompt may give it: `[[sandbox: status=503]]`,
/// `[[sandbox: cut-after=3]]`, `[[sandbox: delay=2000]]` (milliseconds), `[[sandbox: tokens=200]]`.
final class SandboxText {
  private static final List<String> WORDS =
      List.of(
          "signal",
          "track",
          "switch",
          "junction",
          "platform",
          "engine",
          "carriage",
          "bridge",
          "tunnel",
          "lantern",
          "timetable",
          "journey",
          "north",
          "south",
          "express",
          "freight");

  private SandboxText() {}

  record Directives(
      Optional<Integer> status,
      Optional<Integer> cutAfter,
      Optional<Duration> delay,
      Optional<Integer> tokens) {
    private static final Pattern DIRECTIVE =
        Pattern.compile("\\[\\[sandbox:\\s*([a-z-]+)=(\\d{1,6})\\s*]]");

    static Directives of(String prompt) {
      return new Directives(
          value(prompt, "status").filter(status -> status >= 400 && status < 600),
          value(prompt, "cut-after"),
          value(prompt, "delay").map(millis -> Duration.ofMillis(Math.min(millis, 60_000))),
          value(prompt, "tokens").map(tokens -> Math.min(tokens, 10_000)));
    }

    private static Optional<Integer> value(String prompt, String name) {
      Matcher matcher = DIRECTIVE.matcher(prompt);
      while (matcher.find()) {
        if (matcher.group(1).equals(name)) {
          return Optional.of(Integer.parseInt(matcher.group(2)));
        }
      }
      return Optional.empty();
    }
  }

  /// Returns the text of the last message, or the prompt.
  static String prompt(JsonNode body) {
    JsonNode messages = body.path("messages");
    if (messages.isArray() && !messages.isEmpty()) {
      JsonNode content = messages.get(messages.size() - 1).path("content");
      return content.isString() ? content.asString() : content.toString();
    }
    return body.path("prompt").asString("");
  }

  static String word(Random random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  /// Returns words for a prompt: the same for the same one.
  static List<String> words(String prompt, int count) {
    var random = new Random(prompt.hashCode());
    var words = new ArrayList<String>();
    words.add("Sandbox:");
    while (words.size() < count) {
      words.add(" " + word(random));
    }
    return words.subList(0, count);
  }
}
