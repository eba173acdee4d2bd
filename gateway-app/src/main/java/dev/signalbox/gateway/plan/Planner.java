package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Session;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Asks the router for a plan, with what the key, the conversation and the gateway know.
public final class Planner {
  private final Router router = new Router();
  private final VitalsBoard vitals;
  private final Pins pins;
  private final OwnKeys ownKeys;
  private final Defaults defaults = new Defaults();
  private final Supplier<RandomGenerator> chance;

  /// @param chance the calling thread's
  public Planner(VitalsBoard vitals, Pins pins, OwnKeys ownKeys, Supplier<RandomGenerator> chance) {
    this.vitals = vitals;
    this.pins = pins;
    this.ownKeys = ownKeys;
    this.chance = chance;
  }

  /// @param sessionHeader the request's `x-session-id`
  public Planned plan(Glance glance, ApiKey key, Optional<String> sessionHeader, Catalog catalog) {
    Optional<Conversation> conversation = conversation(glance, key, sessionHeader, catalog);
    RoutingRequest request = request(glance, key, conversation);
    RoutingPlan plan = router.plan(request, catalog, vitals.snapshot(), chance.get());
    return ownKeys.tried(new Planned(plan, request, conversation), key);
  }

  /// Returns an account of what [#plan] would do.
  Explained explain(Glance glance, ApiKey key, Optional<String> sessionHeader, Catalog catalog) {
    Optional<Conversation> conversation = conversation(glance, key, sessionHeader, catalog);
    RoutingRequest request = request(glance, key, conversation);
    return new Explained(
        request.withDefaults(), conversation, router.explain(request, catalog, vitals.snapshot()));
  }

  private static Optional<Conversation> conversation(
      Glance glance, ApiKey key, Optional<String> sessionHeader, Catalog catalog) {
    String model = models(glance, key).getFirst();
    return Conversation.of(glance, key.accountId(), sessionHeader, plain(model, catalog));
  }

  /// A model's own name, whatever alias or suffix it was asked by, where it is easily told.
  private static String plain(String name, Catalog catalog) {
    int suffix = name.indexOf(':');
    return catalog
        .model(name)
        .or(() -> suffix < 0 ? Optional.empty() : catalog.model(name.substring(0, suffix)))
        .map(Model::slug)
        .orElse(name);
  }

  private RoutingRequest request(Glance glance, ApiKey key, Optional<Conversation> conversation) {
    List<String> models = models(glance, key);
    return new RoutingRequest(
        models,
        glance.surface().kind(),
        glance.preferences(),
        defaults.of(key),
        glance.parameters(),
        glance.inputModalities(),
        glance.outputModalities(),
        glance.promptTokens(),
        glance.maxTokens(),
        glance.serviceTier(),
        conversation.map(known -> new Session(known.key(), known.explicit(), pins.of(known))),
        ownKeys.providers(key),
        AutoSettings.of(models, glance));
  }

  private static List<String> models(Glance glance, ApiKey key) {
    if (!glance.models().isEmpty()) {
      return glance.models();
    }
    return List.of(
        key.defaultModel()
            .orElseThrow(
                () -> Problem.invalidRequest("No model given, and the account has no default")));
  }
}
