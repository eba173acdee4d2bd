package dev.signalbox.gateway.stage;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Session;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// Asks the router for a plan, with what the key and the gateway know.
final class Planner {
  private static final int MAX_SESSION_CHARS = 256;

  private final Router router = new Router();
  private final VitalsBoard vitals;

  Planner(VitalsBoard vitals) {
    this.vitals = vitals;
  }

  RoutingPlan plan(Call call) {
    return router.plan(
        request(call), call.offer().catalog(), vitals.snapshot(), ThreadLocalRandom.current());
  }

  static RoutingRequest request(Call call) {
    Glance glance = call.glance();
    return new RoutingRequest(
        models(glance, call.key()),
        glance.surface().kind(),
        glance.preferences(),
        defaults(call.key()),
        glance.parameters(),
        glance.inputModalities(),
        glance.outputModalities(),
        glance.promptTokens(),
        glance.maxTokens(),
        glance.serviceTier(),
        session(call));
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

  /// A conversation is known by what the caller calls it (contract, section 3.12).
  private static Optional<Session> session(Call call) {
    Optional<String> name =
        call.glance()
            .sessionId()
            .or(() -> call.headers().sessionId())
            .or(() -> call.glance().promptCacheKey());
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (name.get().length() > MAX_SESSION_CHARS) {
      throw Problem.invalidRequest(
          "session_id: %d characters (at most %d)"
              .formatted(name.get().length(), MAX_SESSION_CHARS));
    }
    long key = call.key().accountId().getMostSignificantBits();
    key ^= call.key().accountId().getLeastSignificantBits() * 31;
    for (int i = 0; i < name.get().length(); i++) {
      key = (key ^ name.get().charAt(i)) * 0x100000001B3L;
    }
    return Optional.of(new Session(key, true));
  }
}
