package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What a request for embeddings asks for, as far as other formats can say it.
///
/// @param inputType `search_query`, `search_document`, … or a provider's own word
/// @param base64 vectors are wanted as packed floats
record EmbeddingsWish(
    List<String> texts, OptionalInt dimensions, Optional<String> inputType, boolean base64) {

  /// @throws Problem 400 for input that is no text: tokens mean something to one vocabulary only
  static EmbeddingsWish of(Glance glance) {
    Members members = glance.members();
    return new EmbeddingsWish(
        texts(members), dimensions(members), members.text("input_type"), wantsBase64(members));
  }

  static boolean wantsBase64(Members members) {
    return members.text("encoding_format").equals(Optional.of("base64"));
  }

  private static List<String> texts(Members members) {
    byte[] bytes = members.bytes();
    if (members.kind("input") == '"') {
      return List.of(members.text("input").orElse(""));
    }
    var texts = new ArrayList<String>();
    for (Span element : Members.elements(bytes, members.span("input"))) {
      texts.add(text(bytes, element));
    }
    if (texts.isEmpty()) {
      throw Problem.invalidRequest("input: empty");
    }
    return texts;
  }

  private static String text(byte[] bytes, Span element) {
    return switch (bytes[element.from()]) {
      case '"' -> JsonText.decode(bytes, element);
      case '{' -> parts(Members.within(bytes, element));
      default -> throw Problem.invalidRequest("input: this provider takes texts, not tokens");
    };
  }

  /// `{content: [{type: "text", text}]}`
  private static String parts(Members input) {
    var text = new StringBuilder();
    if (input.kind("content") != '[') {
      throw Problem.invalidRequest("input: an object without content");
    }
    for (Span part : input.elements(input.span("content"))) {
      Optional<String> words =
          input.bytes()[part.from()] == '{' ? input.within(part).text("text") : Optional.empty();
      text.append(
          words.orElseThrow(() -> Problem.invalidRequest("input: this provider takes texts only")));
    }
    return text.toString();
  }

  private static OptionalInt dimensions(Members members) {
    if (!members.has("dimensions")) {
      return OptionalInt.empty();
    }
    int dimensions =
        members
            .number("dimensions")
            .filter(number -> number.signum() > 0)
            .filter(number -> number.compareTo(BigDecimal.valueOf(1_000_000)) <= 0)
            .filter(number -> number.stripTrailingZeros().scale() <= 0)
            .orElseThrow(() -> Problem.invalidRequest("dimensions: not a whole number above 0"))
            .intValueExact();
    return OptionalInt.of(dimensions);
  }
}
