package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.StringJoiner;

/// References to what a model thought. Clients that take answers for stored send them in place of
/// the thoughts (`@ai-sdk/openai` unless told `store: false`). Nothing is stored, and a turn can go
/// on without its thoughts, unlike without its words: so these are left out, not refused.
final class ForgottenThoughts {
  private static final String REASONING = "rs_";

  private ForgottenThoughts() {}

  /// @param id of the item that is referred to
  static boolean isOne(String id) {
    return id.startsWith(REASONING);
  }

  /// Returns the input without them; empty if there are none.
  static Optional<String> without(Members request) {
    if (request.kind("input") != '[') {
      return Optional.empty();
    }
    var kept = new StringJoiner(",", "[", "]");
    boolean[] found = new boolean[1];
    request.elements(
        request.span("input"), (_, _, item) -> found[0] |= item != null && isOne(item));
    if (!found[0]) {
      return Optional.empty();
    }
    request.elements(
        request.span("input"),
        (_, span, item) -> {
          if (item == null || !isOne(item)) {
            kept.add(
                new String(request.bytes(), span.from(), span.length(), StandardCharsets.UTF_8));
          }
        });
    return Optional.of(kept.toString());
  }

  private static boolean isOne(Members item) {
    return item.text("type").filter("item_reference"::equals).isPresent()
        && item.text("id").filter(ForgottenThoughts::isOne).isPresent();
  }
}
