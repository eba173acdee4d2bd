package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;

/// The service tier that a provider is asked for: its endpoint's, whatever the request said. Else a
/// tier would be served at another's price.
final class TierAsked {
  private static final String DEFAULT = "default";

  private TierAsked() {}

  static Glance at(Endpoint endpoint, Glance glance, CallerDialect reader) {
    String own = endpoint.serviceTier();
    String asked = glance.serviceTier().map(TierAsked::tier).orElse(DEFAULT);
    if (own.equals(asked)) {
      return glance;
    }
    var splice = JsonSplice.of(glance.members()).remove("speed");
    if (own.equals(DEFAULT)) {
      splice.remove("service_tier");
    } else {
      splice.set("service_tier", JsonText.quote(own));
    }
    var body = new ByteSink(glance.body().length() + 32);
    splice
        .pieces()
        .forEach(
            piece ->
                body.write(
                    piece.array(), piece.arrayOffset() + piece.position(), piece.remaining()));
    return reader.glance(glance.surface(), body.drain()).forwarding(glance.forwarded());
  }

  /// A word that is none of the paid-for tiers asks for nothing.
  private static String tier(String word) {
    return switch (word) {
      case "priority", "fast" -> "priority";
      case "flex" -> "flex";
      default -> DEFAULT;
    };
  }
}
