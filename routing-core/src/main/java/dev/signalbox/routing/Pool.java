package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Offering;
import dev.signalbox.catalog.ServiceTiers;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.plan.Constraint;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.ArrayList;
import java.util.List;

/// The endpoints of one of the models asked for: those that can serve the request, and why not the
/// others.
///
/// @param group those of a lower one come first
record Pool(RequestedModel asked, int group, List<Offering> eligible, List<Exclusion> excluded) {
  /// Parameters that an endpoint should support where any endpoint of the model does.
  static final List<String> PREFERRED_PARAMETERS =
      List.of("tools", "response_format", "structured_outputs", "verbosity");

  static Pool of(
      RequestedModel asked,
      int group,
      RoutingRequest request,
      Catalog catalog,
      Eligibility eligibility) {
    Pool pool = of(asked, group, request, catalog, eligibility, tiers(asked, request));
    // A model that has nothing in the tier asked for is served as usual.
    boolean noFlex = request.serviceTier().filter("flex"::equals).isPresent();
    return noFlex && pool.eligible.isEmpty()
        ? of(asked, group, request, catalog, eligibility, ServiceTiers.DEFAULT)
        : pool;
  }

  private static Pool of(
      RequestedModel asked,
      int group,
      RoutingRequest request,
      Catalog catalog,
      Eligibility eligibility,
      int tiers) {
    List<Offering> all = catalog.offeringsOf(asked.model());
    var eligible = new ArrayList<Offering>(all.size());
    var excluded = new ArrayList<Exclusion>();
    for (int i = 0; i < all.size(); i++) {
      Exclusion exclusion = eligibility.objection(all.get(i), tiers);
      if (exclusion == null) {
        eligible.add(all.get(i));
      } else {
        excluded.add(exclusion);
      }
    }
    return new Pool(asked, group, capable(eligible, request, catalog, excluded), excluded);
  }

  private static int tiers(RequestedModel asked, RoutingRequest request) {
    switch (request.serviceTier().orElse("auto")) {
      case "priority", "fast":
        return ServiceTiers.DEFAULT | ServiceTiers.PRIORITY;
      case "flex":
        return ServiceTiers.FLEX;
      case "auto":
        break;
      default:
        return ServiceTiers.DEFAULT;
    }
    if (asked.variant().isEmpty() || !request.preferences().order().isEmpty()) {
      return ServiceTiers.DEFAULT;
    }
    return switch (asked.variant().get()) {
      case NITRO -> ServiceTiers.DEFAULT | ServiceTiers.PRIORITY;
      case FLOOR -> ServiceTiers.DEFAULT | ServiceTiers.FLEX;
      case EXACTO -> ServiceTiers.DEFAULT;
    };
  }

  /// Narrows to endpoints that support what was sent, unless none does.
  private static List<Offering> capable(
      List<Offering> eligible, RoutingRequest request, Catalog catalog, List<Exclusion> excluded) {
    List<Offering> narrowed = eligible;
    for (String parameter : PREFERRED_PARAMETERS) {
      if (request.parameters().contains(parameter)) {
        narrowed = supporting(parameter, catalog.parameterBit(parameter), narrowed, excluded);
      }
    }
    return narrowed;
  }

  private static List<Offering> supporting(
      String parameter, long bit, List<Offering> offerings, List<Exclusion> excluded) {
    int able = 0;
    for (Offering offering : offerings) {
      able += supports(offering, parameter, bit) ? 1 : 0;
    }
    if (able == 0 || able == offerings.size()) {
      return offerings;
    }
    var supporting = new ArrayList<Offering>(able);
    for (Offering offering : offerings) {
      if (supports(offering, parameter, bit)) {
        supporting.add(offering);
      } else {
        excluded.add(new Exclusion(offering.endpoint(), Constraint.LESS_CAPABLE, parameter));
      }
    }
    return supporting;
  }

  /// Returns this pool without the endpoints that lack what the request needs: another model may
  /// have what this one lacks, so here, to lack it is to be out.
  Pool doing(List<String> needed, RoutingRequest request) {
    var able = new ArrayList<Offering>(eligible.size());
    var out = new ArrayList<>(excluded);
    for (Offering offering : eligible) {
      String lack = null;
      for (String parameter : needed) {
        if (request.parameters().contains(parameter) && !offering.endpoint().supports(parameter)) {
          lack = parameter;
        }
      }
      if (lack == null) {
        able.add(offering);
      } else {
        out.add(new Exclusion(offering.endpoint(), Constraint.LACKS_PARAMETER, lack));
      }
    }
    return new Pool(asked, group, able, out);
  }

  /// Returns whether the gateway chose the model by what the prompt asks for.
  boolean isChosen() {
    return RouterSlug.of(asked.slug()).filter(RouterSlug::choosesByTask).isPresent()
        && !asked.slug().equals(asked.model().slug());
  }

  Pool inGroup(int other) {
    return new Pool(asked, other, eligible, excluded);
  }

  private static boolean supports(Offering offering, String parameter, long bit) {
    return bit == 0 ? offering.endpoint().supports(parameter) : (offering.parameters() & bit) != 0;
  }

  /// Returns what a constraint of the request or the account removed.
  List<Exclusion> constrained() {
    var constrained = new ArrayList<Exclusion>(excluded.size());
    for (Exclusion exclusion : excluded) {
      switch (exclusion.why()) {
        case NO_CREDENTIAL, SERVICE_TIER -> {}
        default -> constrained.add(exclusion);
      }
    }
    return constrained;
  }
}
