package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Opening;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a look at a conversation tells: how long it is about, what it holds beside text, how it
/// opens.
///
/// @param tokens estimated: a quarter of the text's bytes, and four for each message. Each part
///   that is not text counts a thousand.
/// @param openingHash of the system's words and the first message
record MessagesPromptGlance(long tokens, Set<String> modalities, long openingHash) {
  static MessagesPromptGlance of(byte[] body, Members members) {
    if (members.kind("messages") != '[') {
      throw Problem.invalidRequest("messages: missing, or not an array");
    }
    List<Span> messages = members.elements(members.span("messages"));
    if (messages.isEmpty()) {
      throw Problem.invalidRequest("messages: empty");
    }
    var reading = new Reading(members);
    Optional<Span> system = Optional.ofNullable(members.value("system"));
    system.ifPresent(span -> reading.content(span, "system"));
    for (int i = 0; i < messages.size(); i++) {
      reading.message(messages.get(i), i);
    }
    if (members.has("tools")) {
      reading.bytes += members.span("tools").length();
    }
    return new MessagesPromptGlance(
        Lengths.promptTokens(reading.bytes, messages.size(), reading.media),
        reading.modalities,
        Opening.hash(body, system, messages.getFirst()));
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

    void message(Span span, int index) {
      String name = "messages[%d]".formatted(index);
      if (body[span.from()] != '{') {
        throw Problem.invalidRequest(name + ": not an object");
      }
      Members message = request.within(span);
      String role =
          message.text("role").orElseThrow(() -> Problem.invalidRequest(name + ".role: missing"));
      if (!role.equals("user") && !role.equals("assistant") && !role.equals("system")) {
        throw Problem.invalidRequest(name + ".role: neither user nor assistant");
      }
      Span content = message.value("content");
      if (content == null) {
        throw Problem.invalidRequest(name + ".content: missing");
      }
      content(content, name + ".content");
    }

    void content(Span span, String name) {
      switch (body[span.from()]) {
        case '"' -> bytes += span.length();
        case '[' -> request.elements(span).forEach(block -> block(block, name));
        default -> throw Problem.invalidRequest(name + ": neither a string nor an array");
      }
    }

    private void block(Span span, String name) {
      if (body[span.from()] != '{') {
        throw Problem.invalidRequest(name + ": a block is no object");
      }
      Members block = request.within(span);
      switch (block.text("type").orElse("")) {
        case "" -> throw Problem.invalidRequest(name + ": a block has no type");
        case "image" -> medium("image");
        case "document" -> document(block, name);
        case "tool_result" -> {
          Span inner = block.value("content");
          if (inner != null) {
            content(inner, name + "[].content");
          }
        }
        case "text" -> bytes += block.has("text") ? block.span("text").length() : 0;
        default -> bytes += span.length();
      }
    }

    /// Some documents are but text.
    private void document(Members block, String name) {
      if (block.kind("source") != '{') {
        throw Problem.invalidRequest(name + ": a document has no source");
      }
      Members source = request.within(block.span("source"));
      switch (source.text("type").orElse("")) {
        case "text" -> bytes += source.has("data") ? source.span("data").length() : 0;
        case "content" -> {
          Span inner = source.value("content");
          if (inner != null) {
            content(inner, name + "[].source.content");
          }
        }
        default -> medium("file");
      }
    }

    private void medium(String modality) {
      modalities.add(modality);
      media++;
    }
  }
}
