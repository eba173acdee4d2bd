package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Offering;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.plan.Constraint;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Says why there is no plan, in the contract's terms.
final class Refusal {
  private Refusal() {}

  /// What has endpoints, none of which can serve the request.
  static UnroutableException nothingFits(
      RoutingRequest request, List<Pool> pools, Catalog catalog, Eligibility eligibility) {
    var excluded = new ArrayList<Exclusion>();
    pools.forEach(pool -> excluded.addAll(pool.constrained()));
    Set<String> available = providers(pools, catalog, eligibility);
    String model = pools.getFirst().asked().slug();
    if (available.isEmpty() && excluded.isEmpty()) {
      return noEndpoints(request, pools);
    }
    // Being left out of a list is what callers expect; any other reason is the one to tell.
    List<Exclusion> telling =
        excluded.stream()
            .filter(one -> !one.constraint().equals(Constraint.NOT_ALLOWED.word()))
            .toList();
    if (telling.isEmpty()) {
      return notAllowed(request, excluded, available);
    }
    Exclusion decisive = telling.getFirst();
    String detail = decisive.endpoint().tag() + ": " + decisive.reason();
    if (isAll(telling, "context_length")) {
      return new UnroutableException(
          "This endpoint's maximum context length is exceeded: you requested about %d tokens. %s"
              .formatted(request.promptTokens() + request.maxTokens().orElse(0), detail),
          Availability.of("constraint_filtered", 400, "context_length_exceeded", request.models())
              .without(affected(excluded), words(excluded))
              .at(decisive.why().field(), detail));
    }
    boolean privacy =
        excluded.stream()
            .map(Exclusion::constraint)
            .allMatch(word -> word.startsWith("data_policy") || word.equals("allowed_providers"));
    String message =
        decisive.why() == Constraint.INPUT || decisive.why() == Constraint.OUTPUT
            ? "No endpoints found for %s that support %s %s"
                .formatted(
                    model,
                    decisive.detail(),
                    decisive.why() == Constraint.INPUT ? "input" : "output")
            : "No endpoints found for %s that match the request: %s"
                .formatted(model, decisive.constraint());
    return new UnroutableException(
        message,
        notFound(privacy ? "privacy_restricted" : "constraint_filtered", request)
            .without(affected(excluded), words(excluded))
            .at(
                decisive.why().field().isEmpty() ? decisive.constraint() : decisive.why().field(),
                detail));
  }

  private static UnroutableException noEndpoints(RoutingRequest request, List<Pool> pools) {
    boolean tiersOnly =
        pools.stream()
            .flatMap(pool -> pool.excluded().stream())
            .anyMatch(exclusion -> exclusion.why() == Constraint.SERVICE_TIER);
    return new UnroutableException(
        "No endpoints found for %s: %s"
            .formatted(
                pools.getFirst().asked().slug(),
                tiersOnly
                    ? "it is only served in service tiers, and none was asked for."
                    : "no provider of it has a credential here."),
        notFound("no_endpoints", request));
  }

  private static UnroutableException notAllowed(
      RoutingRequest request, List<Exclusion> excluded, Set<String> available) {
    return new UnroutableException(
        "No allowed providers are available for the selected model.",
        notFound("no_endpoints", request)
            .without(affected(excluded), words(excluded))
            .among(List.copyOf(available), requested(request)));
  }

  private static List<String> requested(RoutingRequest request) {
    return request
        .preferences()
        .only()
        .map(names -> names.stream().sorted().toList())
        .orElse(request.preferences().order());
  }

  private static boolean isAll(List<Exclusion> excluded, String word) {
    return excluded.stream().allMatch(one -> one.constraint().equals(word));
  }

  private static List<String> affected(List<Exclusion> excluded) {
    return excluded.stream()
        .map(exclusion -> exclusion.endpoint().provider().slug())
        .distinct()
        .toList();
  }

  private static List<String> words(List<Exclusion> excluded) {
    return excluded.stream()
        .filter(one -> one.why().isContractual())
        .map(Exclusion::constraint)
        .distinct()
        .toList();
  }

  /// The providers that serve the models to this account.
  private static Set<String> providers(List<Pool> pools, Catalog catalog, Eligibility eligibility) {
    var providers = new LinkedHashSet<String>();
    for (Pool pool : pools) {
      for (Offering offering : catalog.offeringsOf(pool.asked().model())) {
        if (offering.endpoint().live()
            && offering.inDefaultTier()
            && eligibility.isOpenToAccount(offering)) {
          providers.add(offering.endpoint().provider().slug());
        }
      }
    }
    return providers;
  }

  private static Availability notFound(String code, RoutingRequest request) {
    return Availability.of(code, 404, "not_found", request.models());
  }

  static UnroutableException unknownModel(
      String slug, RoutingRequest request, List<String> instead) {
    return new UnroutableException(
        slug + " is not a valid model ID", invalid("model_not_found", request).instead(instead));
  }

  static UnroutableException noLongerFree(String slug, String paid, RoutingRequest request) {
    return new UnroutableException(
        "%s is no longer free; use %s".formatted(slug, paid),
        notFound("free_variant_ended", request).instead(List.of(paid)).at("model", slug));
  }

  static UnroutableException noFreeModel(RoutingRequest request) {
    return new UnroutableException(
        "No endpoints found for %s: no model is free here.".formatted(FreeModels.SLUG),
        notFound("no_endpoints", request));
  }

  /// Nothing is left to choose from, or no endpoint of what is left can serve the request.
  ///
  /// @param unfit models that no endpoint can serve the request with
  static UnroutableException noModelMatches(
      RoutingRequest request, List<Pool> unfit, Catalog catalog, Eligibility eligibility) {
    var excluded = new ArrayList<Exclusion>();
    unfit.forEach(pool -> excluded.addAll(pool.constrained()));
    if (!excluded.isEmpty() && isAll(excluded, "context_length")) {
      // Told apart from the rest: a shorter prompt would do.
      return nothingFits(request, unfit, catalog, eligibility);
    }
    return new UnroutableException(
        "No models match your request and model restrictions",
        notFound("constraint_filtered", request).without(affected(excluded), words(excluded)));
  }

  static UnroutableException wrongEndpoint(String slug, String path, RoutingRequest request) {
    return new UnroutableException(
        "%s does not serve this endpoint; use %s".formatted(slug, path),
        invalid("wrong_endpoint", request).at("model", path));
  }

  static UnroutableException noWebSearch(String slug, RoutingRequest request, String plain) {
    return new UnroutableException(
        slug + ": web search is not configured on this installation",
        invalid("model_not_found", request).instead(List.of(plain)).at("model", ":online"));
  }

  private static Availability invalid(String code, RoutingRequest request) {
    return Availability.of(code, 400, "invalid_request", request.models());
  }
}
