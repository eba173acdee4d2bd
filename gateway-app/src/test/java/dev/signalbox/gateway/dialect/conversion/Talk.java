package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A caller, a translation and a provider's recorded words.
record Talk(Surface surface, Target target, String request) {
  static Talk of(Surface surface, Dialect dialect, String request, String... parameters) {
    return new Talk(surface, Endpoints.target(dialect, parameters), request);
  }

  Talk withQuirks(String... quirks) {
    var quirky =
        new Target(target.endpoint(), target.upstreamModel(), target.dialect(), Set.of(quirks));
    return new Talk(surface, quirky, request);
  }

  /// Returns the same talk with another of the provider's models.
  Talk withModel(String model) {
    var other = new Target(target.endpoint(), model, target.dialect(), target.quirks());
    return new Talk(surface, other, request);
  }

  private Translation translation() {
    return new Translations().between(surface, target.dialect());
  }

  private Glance glance() {
    byte[] body = request.getBytes(StandardCharsets.UTF_8);
    return new Translations().caller(surface).glance(surface, body);
  }

  JsonNode upstreamRequest() {
    var bytes = new ByteArrayOutputStream();
    for (var piece : translation().request(glance(), target).body()) {
      byte[] copy = new byte[piece.remaining()];
      piece.duplicate().get(copy);
      bytes.writeBytes(copy);
    }
    return Json.parse(bytes.toByteArray());
  }

  String upstreamPath() {
    return translation().request(glance(), target).path();
  }

  Relay relay() {
    var glance = glance();
    var facts = new AnswerFacts("gen-1-a", 1, "acme/alpha", "Acme", glance.stream());
    return translation().relay(glance, target, facts);
  }

  /// Returns what the caller reads if the answer comes in two pieces.
  String answer(byte[] recorded, int cut) {
    var relay = relay();
    var out = new ByteSink(256);
    relay.accept(recorded, 0, cut, out);
    relay.accept(recorded, cut, recorded.length - cut, out);
    var ending = relay.end();
    relay.close(
        new Receipt(
            ending.usage(),
            Money.of("0.5"),
            new Cost(Money.of("0.3"), Money.of("0.2"), Money.ZERO),
            false,
            Optional.empty(),
            Optional.empty()),
        out);
    return new String(out.drain(), StandardCharsets.UTF_8);
  }

  String answer(String recorded) {
    return answer(recorded.getBytes(StandardCharsets.UTF_8), 0);
  }
}
