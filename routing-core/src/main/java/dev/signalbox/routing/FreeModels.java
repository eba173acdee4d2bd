package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Offering;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.plan.Constraint;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// `openrouter/free`: any model that costs nothing and does what the request needs. Chance decides
/// among them; the others stand behind as fallbacks.
final class FreeModels {
  static final String SLUG = RouterSlug.FREE.slug();

  private FreeModels() {}

  /// @param group of the models asked for
  static List<Pool> pools(
      int group, RoutingRequest request, Catalog catalog, Eligibility eligibility) {
    List<Pool> pools =
        catalog
            .models()
            .filter(model -> model.architecture().outputModalities().contains("text"))
            .filter(model -> catalog.offeringsOf(model).stream().anyMatch(FreeModels::isFree))
            .map(model -> new RequestedModel(SLUG, model, Optional.empty()))
            .map(asked -> Pool.of(asked, group, request, catalog, eligibility))
            .map(pool -> able(pool, request))
            .toList();
    if (pools.isEmpty() || request.kind() == Kind.EMBEDDING) {
      throw Refusal.noFreeModel(request);
    }
    return pools;
  }

  private static boolean isFree(Offering offering) {
    return offering.endpoint().listPricing().isFree() && offering.request() == 0;
  }

  /// Another model may have what this one lacks: here, to lack it is to be out.
  private static Pool able(Pool pool, RoutingRequest request) {
    var eligible = new ArrayList<Offering>();
    var lacking = new ArrayList<Exclusion>();
    for (Offering offering : pool.eligible()) {
      Optional<String> lack = lack(offering, request);
      if (isFree(offering) && lack.isEmpty()) {
        eligible.add(offering);
      } else if (isFree(offering)) {
        lacking.add(
            new Exclusion(offering.endpoint(), Constraint.LESS_CAPABLE, lack.orElseThrow()));
      }
    }
    return new Pool(
        pool.asked(),
        pool.group(),
        eligible,
        Stream.concat(pool.excluded().stream(), lacking.stream()).toList());
  }

  private static Optional<String> lack(Offering offering, RoutingRequest request) {
    return Pool.PREFERRED_PARAMETERS.stream()
        .filter(request.parameters()::contains)
        .filter(needed -> !offering.endpoint().supports(needed))
        .findFirst();
  }
}
