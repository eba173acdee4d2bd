package dev.signalbox.gateway.admin;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.account.Fields;
import dev.signalbox.gateway.admin.Changes.Line;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.problem.Problem;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/// Markups, and prices that an operator has negotiated.
final class PriceDesk {
  private final PriceRules rules;
  private final CatalogHolder catalog;
  private final Changes changes;

  PriceDesk(PriceRules rules, CatalogHolder catalog, Changes changes) {
    this.rules = rules;
    this.catalog = catalog;
    this.changes = changes;
  }

  List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get(
            "/markups",
            asked ->
                rules
                    .markups(asked.offset(), asked.limit())
                    .collectList()
                    .zipWith(rules.count("markups"), AdminReply::page)),
        AdminRoute.post("/markups", this::mark),
        AdminRoute.delete("/markups/{id}", asked -> withdraw(asked, "markups")),
        AdminRoute.get(
            "/prices",
            asked ->
                rules
                    .prices(asked.offset(), asked.limit())
                    .collectList()
                    .zipWith(rules.count("prices"), AdminReply::page)),
        AdminRoute.post("/prices", this::price),
        AdminRoute.delete("/prices/{id}", asked -> withdraw(asked, "prices")));
  }

  private Mono<AdminReply> mark(AdminRequest asked) {
    Fields wish = asked.fields("scope", "subject", "percent", "effective_from");
    String scope =
        wish.word("scope", "installation", "provider", "model", "endpoint", "account")
            .orElseThrow(() -> Problem.invalidRequest("scope: required"));
    String subject = wish.text("subject", 512).orElse("");
    if (!wish.has("percent")) {
      throw Problem.invalidRequest("percent: required; null ends the rule before it");
    }
    Optional<BigDecimal> percent = AccountDesk.percent(wish);
    if (!exists(scope, subject)) {
      throw Problem.invalidRequest("subject: no such " + scope);
    }
    return changes
        .offer(
            new Line(asked.actor(), "markup.set", scope + " " + subject, wish.object()),
            rules.mark(scope, subject, percent.orElse(null), from(wish)))
        .map(id -> AdminReply.created(Map.of("id", id.toString())));
  }

  private boolean exists(String scope, String subject) {
    Catalog now = catalog.current().catalog();
    return switch (scope) {
      case "installation" -> subject.isEmpty();
      case "provider" -> now.provider(subject).isPresent();
      case "model" -> now.model(subject).filter(m -> m.slug().equals(subject)).isPresent();
      case "endpoint" -> now.endpoint(new EndpointId(subject)).isPresent();
      default -> {
        Fields.uuid("subject", subject);
        yield true;
      }
    };
  }

  private static java.time.@org.jspecify.annotations.Nullable Instant from(Fields wish) {
    Optional<Instant> from = wish.utc("effective_from");
    // What was charged stays as it was charged: a rule cannot reach back.
    if (from.isPresent() && from.get().isBefore(Instant.now().minusSeconds(1))) {
      throw Problem.invalidRequest("effective_from: must not be in the past");
    }
    return from.orElse(null);
  }

  private Mono<AdminReply> price(AdminRequest asked) {
    Fields wish = asked.fields("endpoint", "pricing", "effective_from");
    String endpoint = wish.required("endpoint", 512);
    if (catalog.current().catalog().endpoint(new EndpointId(endpoint)).isEmpty()) {
      throw Problem.invalidRequest("endpoint: no such endpoint");
    }
    JsonNode pricing = wish.object().get("pricing");
    if (pricing == null || !pricing.isNull() && !pricing.isObject()) {
      throw Problem.invalidRequest("pricing: required, an object, or null to end the one before");
    }
    return changes
        .offer(
            new Line(asked.actor(), "price.set", endpoint, wish.object()),
            rules
                .price(endpoint, pricing.isNull() ? null : pricing.toString(), from(wish))
                .flatMap(id -> good(endpoint, pricing).thenReturn(id)))
        .map(id -> AdminReply.created(Map.of("id", id.toString())));
  }

  /// A price that comes into force later is checked now.
  private Mono<Void> good(String endpoint, JsonNode pricing) {
    return pricing.isNull() ? Mono.empty() : changes.priced(endpoint, pricing.toString());
  }

  private Mono<AdminReply> withdraw(AdminRequest asked, String table) {
    UUID id = asked.id();
    return changes
        .offer(
            new Line(asked.actor(), table + ".withdraw", id.toString(), Map.of()),
            rules.withdraw(table, id))
        .switchIfEmpty(Mono.error(() -> Problem.notFound("No such rule that is still to come")))
        .map(any -> AdminReply.deleted());
  }
}
