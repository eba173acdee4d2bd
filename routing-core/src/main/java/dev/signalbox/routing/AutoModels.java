package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Glob;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Offering;
import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.auto.Chooser;
import dev.signalbox.routing.auto.Considered;
import dev.signalbox.routing.auto.Contender;
import dev.signalbox.routing.auto.Verdict;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.ranking.ExpectedCost;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import dev.signalbox.vitals.Grade;
import dev.signalbox.vitals.VitalsSnapshot;
import dev.signalbox.vitals.VitalsTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `openrouter/auto`: models that the gateway chooses by what the prompt asks for. Each can do all
/// that the request needs.
final class AutoModels {
  /// What a model that is chosen must be able to do, if it is asked for.
  private static final List<String> NEEDED =
      List.of("tools", "response_format", "structured_outputs");

  private final String slug;
  private final int group;
  private final RoutingRequest request;
  private final Catalog catalog;
  private final Eligibility eligibility;
  private final VitalsSnapshot vitals;
  private final ExpectedCost cost;
  private final Set<String> outputs;

  private final List<Pool> able = new ArrayList<>();
  private final List<Pool> unfit = new ArrayList<>();
  private final List<Contender> contenders = new ArrayList<>();
  private final List<Considered> out = new ArrayList<>();

  /// @param pools of the models chosen, the best first, each in a group of its own
  /// @param unfit of the models that no endpoint can serve the request with
  /// @param choice an account of it; empty unless somebody wants one
  record Chosen(List<Pool> pools, List<Pool> unfit, Optional<Choice> choice) {}

  private AutoModels(
      String slug,
      int group,
      RoutingRequest request,
      Catalog catalog,
      Eligibility eligibility,
      VitalsSnapshot vitals,
      Instant at) {
    this.slug = slug;
    this.group = group;
    this.request = request;
    this.catalog = catalog;
    this.eligibility = eligibility;
    this.vitals = vitals;
    this.cost = ExpectedCost.of(request, at);
    this.outputs = new HashSet<>(request.outputModalities());
    outputs.add("text");
  }

  /// @param group of the first model chosen; the others are in those after it
  /// @param accounted whether somebody wants to know why
  /// @throws UnroutableException if the request is of a kind that no choice is made for
  static Chosen of(
      String slug,
      int group,
      RoutingRequest request,
      Catalog catalog,
      Eligibility eligibility,
      VitalsSnapshot vitals,
      Instant at,
      boolean accounted) {
    if (request.kind() == Kind.EMBEDDING) {
      throw Refusal.wrongEndpoint(slug, "/api/v1/chat/completions", request);
    }
    return new AutoModels(slug, group, request, catalog, eligibility, vitals, at).chosen(accounted);
  }

  private Chosen chosen(boolean accounted) {
    catalog.models().forEach(this::consider);
    long tokens = cost.promptTokens() + cost.completionTokens();
    var chooser =
        new Chooser(contenders, request.auto(), catalog.favourites(), tokens, remembered());
    var pools = new ArrayList<Pool>(chooser.models().size());
    for (Model model : chooser.models()) {
      for (Pool pool : able) {
        if (pool.asked().model().slug().equals(model.slug())) {
          pools.add(pool.inGroup(group + pools.size()));
        }
      }
    }
    return new Chosen(
        pools, unfit, accounted ? Optional.of(chooser.choice(out)) : Optional.empty());
  }

  private void consider(Model model) {
    Set<String> writes = model.architecture().outputModalities();
    if (!writes.contains("text") || writes.contains("embeddings")) {
      return;
    }
    AutoWish wish = request.auto();
    if (!wish.allowed().isEmpty() && !matches(wish.allowed(), model)) {
      out.add(Considered.out(model, Verdict.NOT_ALLOWED, ""));
    } else if (matches(wish.excluded(), model)) {
      out.add(Considered.out(model, Verdict.EXCLUDED, ""));
    } else if (!outputs.containsAll(writes)) {
      out.add(Considered.out(model, Verdict.OTHER_OUTPUT, ""));
    } else {
      served(
          Pool.of(
              RequestedModel.chosen(slug, model, request), group, request, catalog, eligibility));
    }
  }

  private static boolean matches(List<Glob> globs, Model model) {
    for (Glob glob : globs) {
      if (glob.matches(model)) {
        return true;
      }
    }
    return false;
  }

  private void served(Pool all) {
    Pool pool = all.doing(NEEDED, request);
    Model model = pool.asked().model();
    if (pool.eligible().isEmpty()) {
      unfit.add(pool);
      List<Exclusion> reasons = pool.constrained().isEmpty() ? pool.excluded() : pool.constrained();
      out.add(
          Considered.out(
              model,
              Verdict.UNFIT,
              reasons.isEmpty()
                  ? "nobody serves it"
                  : reasons.getFirst().endpoint().tag() + ": " + reasons.getFirst().reason()));
      return;
    }
    able.add(pool);
    contenders.add(contender(model, pool.eligible()));
  }

  private Contender contender(Model model, List<Offering> eligible) {
    VitalsTable measured = vitals.of(catalog.offeringsOf(model));
    double usd = Double.POSITIVE_INFINITY;
    long context = 0;
    boolean reasons = false;
    Grade best = Grade.DOWN;
    for (Offering offering : eligible) {
      usd = Math.min(usd, cost.usd(offering));
      context = Math.max(context, offering.contextLength());
      reasons |= offering.endpoint().supports("reasoning");
      Grade grade = measured.grade(offering.number());
      best = grade.compareTo(best) < 0 ? grade : best;
    }
    return new Contender(model, usd, context, reasons, best);
  }

  /// The model that the conversation was with, where the choice is what the conversation is kept
  /// by.
  private Optional<Model> remembered() {
    return group > 0
        ? Optional.empty()
        : request
            .session()
            .flatMap(session -> session.pinned())
            .flatMap(catalog::endpoint)
            .map(endpoint -> endpoint.model());
  }
}
