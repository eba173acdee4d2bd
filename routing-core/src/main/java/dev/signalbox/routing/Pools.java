package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.VitalsSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The endpoints of all models asked for, names that leave the model open resolved.
///
/// @param all in the order asked for; none of a model twice
/// @param unfit of models that might have been chosen, but that no endpoint can serve
/// @param choices accounts of them, for names that leave the model open, where they are wanted
record Pools(List<Pool> all, List<Pool> unfit, List<Choice> choices, String strategy) {
  /// Each name has so many groups: of the models that it may stand for, one comes before another.
  private static final int GROUPS = 16;

  /// @param accounted whether accounts of choices are wanted
  /// @throws UnroutableException if a name is no model's
  static Pools of(
      RoutingRequest request,
      Catalog catalog,
      Eligibility eligibility,
      VitalsSnapshot vitals,
      Instant at,
      boolean accounted) {
    var seen = new HashSet<String>();
    var all = new ArrayList<Pool>(request.models().size());
    var unfit = new ArrayList<Pool>(0);
    var choices = new ArrayList<Choice>(0);
    for (int i = 0; i < request.models().size(); i++) {
      String slug = request.models().get(i);
      int group = i * GROUPS;
      Optional<RouterSlug> router =
          catalog.model(slug).isPresent() ? Optional.empty() : RouterSlug.of(slug);
      if (router.isPresent() && router.get().choosesByTask()) {
        AutoModels.Chosen chosen =
            AutoModels.of(slug, group, request, catalog, eligibility, vitals, at, accounted);
        add(chosen.pools(), seen, all);
        unfit.addAll(chosen.unfit());
        chosen.choice().ifPresent(choices::add);
      } else if (slug.equals(FreeModels.SLUG) && router.isPresent()) {
        add(FreeModels.pools(group, request, catalog, eligibility), seen, all);
      } else {
        RequestedModel asked = RequestedModel.of(slug, request, catalog);
        if (seen.add(asked.model().slug())) {
          all.add(Pool.of(asked, group, request, catalog, eligibility));
        }
      }
    }
    return new Pools(all, unfit, choices, strategy(all, request));
  }

  private static void add(List<Pool> some, Set<String> seen, List<Pool> all) {
    for (Pool pool : some) {
      if (seen.add(pool.asked().model().slug())) {
        all.add(pool);
      }
    }
  }

  boolean areEmpty() {
    for (Pool pool : all) {
      if (!pool.eligible().isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /// Says why there is no plan.
  UnroutableException refusal(RoutingRequest request, Catalog catalog, Eligibility eligibility) {
    return all.isEmpty()
        ? Refusal.noModelMatches(request, unfit, catalog, eligibility)
        : Refusal.nothingFits(request, all, catalog, eligibility);
  }

  private static String strategy(List<Pool> pools, RoutingRequest request) {
    if (!pools.isEmpty() && pools.getLast().group() >= GROUPS) {
      return "fallback";
    }
    String slug = pools.isEmpty() ? request.models().getFirst() : pools.getFirst().asked().slug();
    boolean open = pools.isEmpty() || !slug.equals(pools.getFirst().asked().model().slug());
    Optional<RouterSlug> router = open ? RouterSlug.of(slug) : Optional.empty();
    if (router.isPresent()) {
      return router.get().strategy();
    }
    RequestedModel only = pools.getFirst().asked();
    if (slug.startsWith("~")) {
      return "latest";
    }
    String plain = only.variant().isPresent() ? slug.split(":")[0] : slug;
    return plain.equals(only.model().slug()) ? "direct" : "alias";
  }
}
