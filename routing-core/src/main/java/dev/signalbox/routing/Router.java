package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.UnroutableException.Availability;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.eligibility.Slugs;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.ranking.Ranking;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.VitalsSnapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Chooses endpoints for requests. A pure function of its arguments and, where a price depends on
/// the hour, of the time.
public final class Router {
  /// Parameters that an endpoint should support where any endpoint of the model does (contract,
  /// 3.6).
  private static final List<String> PREFERRED_PARAMETERS =
      List.of("tools", "response_format", "structured_outputs", "verbosity");

  private final InstantSource clock;

  public Router() {
    this(InstantSource.system());
  }

  /// @param clock tells which prices are in force
  public Router(InstantSource clock) {
    this.clock = clock;
  }

  /// Returns what to try for a request, in order.
  ///
  /// @throws UnroutableException if nothing can serve it
  public RoutingPlan plan(
      RoutingRequest asGiven, Catalog catalog, VitalsSnapshot vitals, RandomGenerator random) {
    RoutingRequest request = asGiven.withDefaults();
    List<Asked> asked = distinct(request, catalog);
    var excluded = new ArrayList<Exclusion>();
    var eligible = new ArrayList<List<Endpoint>>(asked.size());
    for (Asked one : asked) {
      List<Endpoint> fitting =
          Eligibility.filter(
              catalog.endpointsOf(one.model()), request, tiers(one, request, catalog), excluded);
      eligible.add(withParameters(fitting, request));
    }
    if (eligible.stream().allMatch(List::isEmpty)) {
      throw nothingFits(request, asked, catalog, excluded);
    }
    List<Candidate> candidates = limited(ranked(request, asked, eligible, vitals, random), request);
    if (candidates.isEmpty()) {
      throw nothingFits(request, asked, catalog, excluded);
    }
    return new RoutingPlan(candidates, excluded, strategy(asked));
  }

  private static List<Asked> distinct(RoutingRequest request, Catalog catalog) {
    var seen = new HashSet<String>();
    var asked = new ArrayList<Asked>(request.models().size());
    for (String slug : request.models()) {
      Asked one = Asked.of(slug, request, catalog);
      if (seen.add(one.model().slug())) {
        asked.add(one);
      }
    }
    return asked;
  }

  private static Set<String> tiers(Asked asked, RoutingRequest request, Catalog catalog) {
    Optional<String> wanted = request.serviceTier();
    if (wanted.isPresent()) {
      return switch (wanted.get()) {
        case "priority", "fast" -> Set.of("default", "priority");
        case "flex" -> Set.of(asked.hasLive("flex", catalog) ? "flex" : "default");
        default -> Set.of("default");
      };
    }
    boolean admits = asked.variant().isPresent() && request.preferences().order().isEmpty();
    String tier = admits ? asked.variant().get().tier : "";
    return tier.isEmpty() ? Set.of("default") : Set.of("default", tier);
  }

  /// Narrows to endpoints that support what was sent, unless none does.
  private static List<Endpoint> withParameters(List<Endpoint> endpoints, RoutingRequest request) {
    List<Endpoint> narrowed = endpoints;
    for (String parameter : PREFERRED_PARAMETERS) {
      if (request.parameters().contains(parameter)) {
        List<Endpoint> supporting = new ArrayList<>(narrowed.size());
        for (Endpoint endpoint : narrowed) {
          if (endpoint.supportedParameters().contains(parameter)) {
            supporting.add(endpoint);
          }
        }
        narrowed = supporting.isEmpty() ? narrowed : supporting;
      }
    }
    return narrowed;
  }

  private static boolean acrossModels(RoutingRequest request) {
    return request.preferences().partition().filter(Partition.NONE::equals).isPresent();
  }

  private static Optional<SortKey> sort(Asked asked, RoutingRequest request) {
    if (!request.preferences().order().isEmpty()) {
      return Optional.empty();
    }
    Optional<SortKey> tierSort = request.serviceTier().flatMap(Router::tierSort);
    return request
        .preferences()
        .sort()
        .or(() -> asked.variant().map(variant -> variant.sort))
        .or(() -> tierSort)
        .or(() -> request.defaults().sort());
  }

  private static Optional<SortKey> tierSort(String tier) {
    return switch (tier) {
      case "priority", "fast" -> Optional.of(SortKey.THROUGHPUT);
      case "flex" -> Optional.of(SortKey.PRICE);
      default -> Optional.empty();
    };
  }

  private List<Candidate> ranked(
      RoutingRequest request,
      List<Asked> asked,
      List<List<Endpoint>> eligible,
      VitalsSnapshot vitals,
      RandomGenerator random) {
    boolean mixed = acrossModels(request);
    var ranking = new Ranking(request, vitals, random, clock.instant());
    for (int i = 0; i < asked.size(); i++) {
      Optional<SortKey> sort = sort(asked.get(mixed ? 0 : i), request);
      for (Endpoint endpoint : eligible.get(i)) {
        ranking.add(endpoint, asked.get(i).slug(), mixed ? 0 : i, sort);
      }
    }
    return ranking.ranked();
  }

  /// Without fallbacks, a model has the endpoints of `order`, or its first one only.
  private static List<Candidate> limited(List<Candidate> candidates, RoutingRequest request) {
    Preferences preferences = request.preferences();
    if (preferences.allowFallbacks().orElse(true)) {
      return candidates;
    }
    if (!preferences.order().isEmpty()) {
      return candidates.stream()
          .filter(candidate -> Slugs.matchesAny(preferences.order(), candidate.endpoint()))
          .toList();
    }
    var models = new HashSet<String>();
    return candidates.stream()
        .filter(candidate -> models.add(candidate.endpoint().model().slug()))
        .toList();
  }

  private static String strategy(List<Asked> asked) {
    if (asked.size() > 1) {
      return "fallback";
    }
    Asked only = asked.getFirst();
    if (only.slug().startsWith("~")) {
      return "latest";
    }
    String plain = only.variant().isPresent() ? only.slug().split(":")[0] : only.slug();
    return plain.equals(only.model().slug()) ? "direct" : "alias";
  }

  private static UnroutableException nothingFits(
      RoutingRequest request, List<Asked> asked, Catalog catalog, List<Exclusion> excluded) {
    List<String> words = excluded.stream().map(Exclusion::constraint).distinct().toList();
    List<String> available =
        asked.stream()
            .flatMap(one -> catalog.endpointsOf(one.model()).stream())
            .filter(Endpoint::live)
            .filter(endpoint -> endpoint.serviceTier().equals("default"))
            .map(endpoint -> endpoint.provider().slug())
            .distinct()
            .toList();
    Preferences preferences = request.preferences();
    List<String> requested =
        words.equals(List.of("allowed_providers"))
            ? preferences.only().map(List::copyOf).orElse(List.of())
            : List.of();
    String model = asked.getFirst().slug();
    if (available.isEmpty()) {
      return unroutable(
          "No endpoints found for %s: no provider of it has a credential here.".formatted(model),
          "no_endpoints",
          request,
          List.of(),
          "",
          "");
    }
    if (words.isEmpty() || words.equals(List.of("allowed_providers"))) {
      return new UnroutableException(
          "No allowed providers are available for the selected model.",
          new Availability(
              "no_endpoints",
              404,
              "not_found",
              false,
              request.models(),
              words,
              List.of(),
              "",
              "",
              available,
              requested));
    }
    if (words.equals(List.of("context_length"))) {
      return new UnroutableException(
          "This endpoint's maximum context length is exceeded: you requested about %d tokens. %s"
              .formatted(
                  request.promptTokens() + request.maxTokens().orElse(0),
                  excluded.getFirst().reason()),
          new Availability(
              "constraint_filtered",
              400,
              "context_length_exceeded",
              false,
              request.models(),
              words,
              List.of(),
              "max_tokens",
              excluded.getFirst().reason(),
              List.of(),
              List.of()));
    }
    boolean privacy =
        words.stream().allMatch(w -> w.startsWith("data_policy") || w.equals("allowed_providers"));
    String decisive =
        words.stream().filter(word -> !word.equals("allowed_providers")).findFirst().orElse("");
    return unroutable(
        "No endpoints found for %s that match the request: %s".formatted(model, decisive),
        privacy ? "privacy_restricted" : "constraint_filtered",
        request,
        words,
        decisive,
        excluded.stream()
            .filter(exclusion -> exclusion.constraint().equals(decisive))
            .findFirst()
            .map(exclusion -> exclusion.endpoint().tag() + ": " + exclusion.reason())
            .orElse(""));
  }

  private static UnroutableException unroutable(
      String message,
      String code,
      RoutingRequest request,
      List<String> words,
      String field,
      String detail) {
    return new UnroutableException(
        message,
        new Availability(
            code,
            404,
            "not_found",
            false,
            request.models(),
            words,
            List.of(),
            field,
            detail,
            List.of(),
            List.of()));
  }
}
