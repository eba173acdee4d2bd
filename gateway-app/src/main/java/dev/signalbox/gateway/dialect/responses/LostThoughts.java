package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import java.util.StringJoiner;

/// Thoughts that cannot go on to a provider. A turn can go on without them, unlike without its
/// words: so they are left out, not refused.
///
/// References to thoughts come from clients that take answers for stored (`@ai-sdk/openai` unless
/// told `store: false`); nothing is stored. What models of other makers thought, OpenAI's API would
/// not take.
final class LostThoughts {
  private static final String REASONING = "rs_";

  private LostThoughts() {}

  /// @param id of an item that is referred to
  static boolean isOne(String id) {
    return id.startsWith(REASONING);
  }

  /// Returns the input without those that a provider of this API cannot take; empty if there are
  /// none.
  static Optional<String> without(Members request) {
    if (request.kind("input") != '[') {
      return Optional.empty();
    }
    var all = new ArrayList<Span>();
    var kept = new ArrayList<Span>();
    request.elements(
        request.span("input"),
        (_, span, item) -> {
          all.add(span);
          if (item == null || !isOne(item)) {
            kept.add(span);
          }
        });
    if (kept.size() == all.size()) {
      return Optional.empty();
    }
    var input = new StringJoiner(",", "[", "]");
    for (Span span : kept) {
      input.add(new String(request.bytes(), span.from(), span.length(), StandardCharsets.UTF_8));
    }
    return Optional.of(input.toString());
  }

  private static boolean isOne(Members item) {
    return switch (item.text("type").orElse("")) {
      case "item_reference" -> item.text("id").filter(LostThoughts::isOne).isPresent();
      case "reasoning" ->
          item.text("format").filter(format -> !format.contains(Reasoning.OPENAI)).isPresent()
              || item.text("encrypted_content").filter(SignedThought::isOne).isPresent();
      default -> false;
    };
  }
}
