package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A stream's events with all members that they must have, of which some providers leave out a few.
/// Not thread-safe: it numbers one stream.
final class FullEvents {
  private static final int MAX_CALLS = 1_000;
  private static final BigDecimal MOST_EVENTS = BigDecimal.valueOf(1 << 30);

  private final Map<String, String> names = new HashMap<>();
  private int nextSequence;

  /// Returns an event with what it lacked, or the bytes that were sent.
  byte[] of(String type, byte[] sent, Members event) {
    var splice = JsonSplice.of(event);
    boolean full = numbered(event, splice);
    switch (type) {
      case "response.output_text.delta", "response.output_text.done" -> {
        if (!event.names("logprobs")) {
          splice.set("logprobs", "[]");
          full = false;
        }
      }
      case "response.output_item.added" -> note(event);
      case "response.function_call_arguments.done" -> {
        Optional<String> name = event.text("item_id").map(names::get);
        if (!event.names("name") && name.isPresent()) {
          splice.set("name", JsonText.quote(name.get()));
          full = false;
        }
      }
      default -> {}
    }
    return full ? sent : splice.bytes();
  }

  private boolean numbered(Members event, JsonSplice splice) {
    Optional<BigDecimal> number =
        event
            .number("sequence_number")
            .filter(told -> told.signum() >= 0 && told.compareTo(MOST_EVENTS) < 0);
    if (number.isPresent()) {
      nextSequence = number.get().intValue() + 1;
      return true;
    }
    splice.set("sequence_number", Integer.toString(nextSequence++));
    return false;
  }

  /// The end of a call's arguments names the call once more.
  private void note(Members event) {
    if (event.kind("item") == '{' && names.size() < MAX_CALLS) {
      Members item = event.within(event.span("item"));
      Optional<String> id = item.text("id");
      Optional<String> name = item.text("name");
      if (id.isPresent() && name.isPresent()) {
        names.put(id.get(), name.get());
      }
    }
  }

  /// The number of an event that is not the provider's.
  int nextSequence() {
    return nextSequence;
  }
}
