package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Session;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// Asks the router for a plan, with what the key, the conversation and the gateway know.
public final class Planner {
  private final Router router = new Router();
  private final VitalsBoard vitals;
  private final Pins pins;

  public Planner(VitalsBoard vitals, Pins pins) {
    this.vitals = vitals;
    this.pins = pins;
  }

  /// @param sessionHeader the request's `x-session-id`
  public Planned plan(Glance glance, ApiKey key, Optional<String> sessionHeader, Catalog catalog) {
    Optional<Conversation> conversation = Conversation.of(glance, key.accountId(), sessionHeader);
    RoutingRequest request = request(glance, key, conversation);
    VitalsSnapshot snapshot = vitals.snapshot();
    RoutingPlan plan = router.plan(request, catalog, snapshot, ThreadLocalRandom.current());
    return conversation.isEmpty()
        ? new Planned(plan, request, conversation, Sticky.NO_CONVERSATION)
        : kept(plan, request, conversation.get(), snapshot);
  }

  /// Puts the endpoint that keeps the conversation first.
  private Planned kept(
      RoutingPlan plan,
      RoutingRequest request,
      Conversation conversation,
      VitalsSnapshot snapshot) {
    var known = Optional.of(conversation);
    if (!request.withDefaults().preferences().order().isEmpty()) {
      return new Planned(plan, request, known, Sticky.OFF_BY_ORDER);
    }
    boolean acrossModels =
        request.withDefaults().preferences().partition().equals(Optional.of(Partition.NONE));
    List<Candidate> candidates = plan.candidates();
    String first = candidates.getFirst().endpoint().model().slug();
    Sticky why = Sticky.NOT_OBSERVED;
    String model = "";
    Optional<EndpointId> pin = Optional.empty();
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      String own = candidate.endpoint().model().slug();
      if (!own.equals(model)) {
        model = own;
        pin = acrossModels || own.equals(first) ? pins.of(conversation, own) : Optional.empty();
      }
      if (pin.isEmpty()) {
        continue;
      }
      if (!pin.get().equals(candidate.endpoint().id())) {
        why = why == Sticky.NOT_OBSERVED ? Sticky.PIN_NOT_ELIGIBLE : why;
      } else if (snapshot.of(pin.get()).health() == Health.DOWN) {
        why = Sticky.PIN_IN_OUTAGE;
      } else if (Pins.pays(candidate.endpoint())) {
        return new Planned(promoted(plan, i), request, known, Sticky.PINNED);
      }
    }
    return new Planned(
        plan, request, known, conversation.explicit() ? unpinned(plan, request, why) : why);
  }

  private static Sticky unpinned(RoutingPlan plan, RoutingRequest request, Sticky why) {
    Candidate first = plan.candidates().getFirst();
    if (!Pins.pays(first.endpoint())) {
      return Sticky.NOT_CHEAPER;
    }
    if (why != Sticky.NOT_OBSERVED) {
      return why;
    }
    return request.preferences().sort().isPresent() ? Sticky.SORTED : Sticky.HASHED;
  }

  private static RoutingPlan promoted(RoutingPlan plan, int index) {
    var candidates = new ArrayList<Candidate>(plan.candidates().size());
    Candidate pinned = plan.candidates().get(index);
    candidates.add(new Candidate(pinned.endpoint(), pinned.requestedModel(), 1));
    for (Candidate other : plan.candidates()) {
      if (other != pinned) {
        candidates.add(new Candidate(other.endpoint(), other.requestedModel(), 0));
      }
    }
    return new RoutingPlan(candidates, plan.spared(), plan.excluded(), plan.strategy());
  }

  private static RoutingRequest request(
      Glance glance, ApiKey key, Optional<Conversation> conversation) {
    return new RoutingRequest(
        models(glance, key),
        glance.surface().kind(),
        glance.preferences(),
        defaults(key),
        glance.parameters(),
        glance.inputModalities(),
        glance.outputModalities(),
        glance.promptTokens(),
        glance.maxTokens(),
        glance.serviceTier(),
        conversation.filter(Conversation::explicit).map(known -> new Session(known.key(), true)));
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

  private static Preferences defaults(ApiKey key) {
    Preferences none = Preferences.NONE;
    if (key.allowedProviders().isEmpty()
        && key.ignoredProviders().isEmpty()
        && !key.zdrOnly()
        && !key.denyDataCollection()
        && key.defaultSort().isEmpty()) {
      return none;
    }
    return new Preferences(
        none.order(),
        key.allowedProviders().isEmpty() ? Optional.empty() : Optional.of(key.allowedProviders()),
        key.ignoredProviders(),
        Optional.empty(),
        false,
        key.denyDataCollection(),
        key.zdrOnly(),
        false,
        Set.of(),
        key.defaultSort().map(sort -> SortKey.valueOf(sort.toUpperCase(Locale.ROOT))),
        Optional.empty(),
        Map.of(),
        Map.of(),
        Map.of());
  }
}
