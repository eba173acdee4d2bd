package dev.signalbox.gateway.plan;

import dev.signalbox.routing.Explanation;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.Optional;
import java.util.Set;

/// What a request's plan would be, and why.
///
/// @param request with the defaults of account and key in it
record Explained(
    RoutingRequest request, Optional<Conversation> conversation, Explanation explanation) {
  private static final Set<String> SORTED_TIERS = Set.of("priority", "fast", "flex");

  /// Returns whether the conversation decides who is tried first, and why.
  Sticky sticky() {
    if (conversation.isEmpty()) {
      return Sticky.NO_CONVERSATION;
    }
    if (!request.preferences().order().isEmpty()) {
      return Sticky.OFF_BY_ORDER;
    }
    Optional<Standing> first = first();
    var pinned = request.session().flatMap(session -> session.pinned());
    if (pinned.isPresent()) {
      if (first.filter(standing -> standing.endpoint().id().equals(pinned.get())).isPresent()) {
        return Sticky.PINNED;
      }
      return explanation.endpoints().stream()
              .filter(standing -> standing.endpoint().id().equals(pinned.get()))
              .anyMatch(standing -> standing.vitals().health().isOut())
          ? Sticky.PIN_IN_OUTAGE
          : Sticky.PIN_NOT_ELIGIBLE;
    }
    if (!conversation.get().explicit()) {
      return Sticky.NOT_OBSERVED;
    }
    boolean keeps =
        first.isPresent()
            && (conversation.get().choosesModel() || Pins.cachesCheaper(first.get().endpoint()));
    if (!keeps) {
      return Sticky.NOT_CHEAPER;
    }
    return isSorted(first.get().requestedModel()) ? Sticky.SORTED : Sticky.HASHED;
  }

  private boolean isSorted(String model) {
    boolean bySuffix =
        model.endsWith(":nitro") || model.endsWith(":floor") || model.endsWith(":exacto");
    return bySuffix
        || request.preferences().sort().or(request.defaults()::sort).isPresent()
        || request.serviceTier().filter(SORTED_TIERS::contains).isPresent();
  }

  /// Returns the endpoint that is the likeliest to be tried first.
  Optional<Standing> first() {
    return explanation.endpoints().stream()
        .filter(standing -> standing.position().orElse(0) == 1)
        .findFirst();
  }
}
