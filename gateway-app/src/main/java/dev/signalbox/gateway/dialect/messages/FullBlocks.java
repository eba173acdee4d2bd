package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Content blocks with all members that they must have, of which some providers leave out a few.
final class FullBlocks {
  private FullBlocks() {}

  /// Returns a block with what it lacked; empty if it lacked nothing.
  static Optional<String> of(Members block) {
    return switch (block.text("type").orElse("")) {
      // Not null, which is allowed too: `@ai-sdk/anthropic` does not read it.
      case "text" -> with(block, "citations", "[]");
      case "tool_use" -> with(block, "caller", "{\"type\":\"direct\"}");
      case "thinking" -> with(block, "signature", "\"\"");
      default -> Optional.empty();
    };
  }

  private static Optional<String> with(Members block, String name, String value) {
    return block.names(name)
        ? Optional.empty()
        : Optional.of(
            new String(JsonSplice.of(block).set(name, value).bytes(), StandardCharsets.UTF_8));
  }

  /// Returns an array of blocks of which one lacked something; empty if none did.
  static Optional<String> of(byte[] bytes, Span array) {
    var all = new StringBuilder("[");
    boolean changed = false;
    for (Span element : Members.elements(bytes, array)) {
      Optional<String> full =
          bytes[element.from()] == '{' ? of(Members.within(bytes, element)) : Optional.empty();
      changed |= full.isPresent();
      all.append(all.length() > 1 ? "," : "")
          .append(
              full.orElseGet(
                  () ->
                      new String(bytes, element.from(), element.length(), StandardCharsets.UTF_8)));
    }
    return changed ? Optional.of(all.append(']').toString()) : Optional.empty();
  }
}
