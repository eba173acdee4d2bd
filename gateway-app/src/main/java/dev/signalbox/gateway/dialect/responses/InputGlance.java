package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Opening;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a look at `input` tells: how long it is about, what it holds beside text, how it opens.
///
/// @param tokens estimated: a quarter of the text's bytes, and four for each item. Each part that
///   is not text counts a thousand.
/// @param openingHash of the instructions and the first item
record InputGlance(long tokens, Set<String> modalities, long openingHash) {
  static InputGlance of(byte[] body, Members members) {
    Span input = members.value("input");
    if (input == null) {
      throw Problem.invalidRequest("input: missing");
    }
    Optional<Span> instructions = Optional.ofNullable(members.value("instructions"));
    var reading = new Reading(members);
    instructions.ifPresent(span -> reading.bytes += span.length());
    if (members.has("tools")) {
      reading.bytes += members.span("tools").length();
    }
    long items = 1;
    Span first = input;
    switch (members.kind("input")) {
      case '"' -> reading.bytes += input.length();
      case '[' -> {
        List<Span> elements = members.elements(input);
        if (elements.isEmpty()) {
          throw Problem.invalidRequest("input: empty");
        }
        for (int i = 0; i < elements.size(); i++) {
          reading.item(elements.get(i), "input[%d]".formatted(i));
        }
        items = elements.size();
        first = elements.getFirst();
      }
      default -> throw Problem.invalidRequest("input: neither a string nor an array");
    }
    return new InputGlance(
        Lengths.promptTokens(reading.bytes, items, reading.media),
        reading.modalities,
        Opening.hash(body, instructions, first));
  }

  private static final class Reading {
    final Members request;
    final byte[] body;
    final Set<String> modalities = new HashSet<>();
    long bytes;
    int media;

    Reading(Members request) {
      this.request = request;
      this.body = request.bytes();
    }

    void item(Span span, String name) {
      if (body[span.from()] != '{') {
        throw Problem.invalidRequest(name + ": not an object");
      }
      Members item = request.within(span);
      if (!item.has("type") && !item.has("role")) {
        throw Problem.invalidRequest(name + ".type: missing");
      }
      for (String member : List.of("content", "output")) {
        switch (item.kind(member)) {
          case '"' -> bytes += item.span(member).length();
          case '[' -> request.elements(item.span(member)).forEach(this::part);
          default -> {}
        }
      }
      if (item.has("arguments")) {
        bytes += item.span("arguments").length();
      }
    }

    private void part(Span span) {
      if (body[span.from()] != '{') {
        return;
      }
      Members part = request.within(span);
      String modality =
          switch (part.text("type").orElse("")) {
            case "input_image" -> "image";
            case "input_audio" -> "audio";
            case "input_video" -> "video";
            case "input_file" -> "file";
            default -> "";
          };
      if (modality.isEmpty()) {
        bytes += part.has("text") ? part.span("text").length() : 0;
      } else {
        modalities.add(modality);
        media++;
      }
    }
  }
}
