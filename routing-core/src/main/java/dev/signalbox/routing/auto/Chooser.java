package dev.signalbox.routing.auto;

import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Model;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.CostBand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Chooses the models that are tried for a request, among those that can serve it.
public final class Chooser {
  /*
   * Four steps. What is in reserve goes, unless nothing else is there. What is left is put in order
   * by cost, and the band cuts its part out of that: percentiles, so that a band means the same with
   * five models as with five hundred. Those inside are ranked: the operator's favourites for the task,
   * his favourites for all tasks, then the evidence. The first few are tried.
   *
   * A band can be empty, because there are fewer models than bands or because many cost the same. The
   * next cheaper one with something in it stands in for it: so a lower tier never chooses what is
   * dearer than the choice of a higher one, and a tier never fails.
   */

  /// How many models are tried at most: the choice, and its fallbacks.
  public static final int MOST = 4;

  private static final double WIDTH = 20;

  private final List<Contender> all;
  private final AutoWish wish;
  private final Favourites favourites;
  private final long tokens;
  private final List<Placed> placed;
  private final CostBand within;
  private final List<Ranked> ranked;
  private final String kept;
  private final List<Model> models;

  /// @param all that can serve the request, in any order
  /// @param tokens that the request may take, prompt and answer
  /// @param session the model that keeps the conversation: stays the choice while it is in the band
  ///   and not in an outage
  public Chooser(
      List<Contender> all,
      AutoWish wish,
      Favourites favourites,
      long tokens,
      Optional<Model> session) {
    this.all =
        all.stream()
            .sorted(
                Comparator.comparingDouble(Contender::usd)
                    .thenComparing(contender -> contender.model().slug()))
            .toList();
    this.wish = wish;
    this.favourites = favourites;
    this.tokens = Math.max(1, tokens);
    this.placed = placed(unreserved());
    this.within = occupied(wish.band(), placed);
    this.ranked = ranked(placed.stream().filter(one -> isIn(within, one.percentile())).toList());
    Optional<Model> pinned = wish.pinned().flatMap(this::named);
    Optional<Model> first = pinned.or(() -> session.filter(this::isUp));
    this.kept = first.isEmpty() ? "" : pinned.isPresent() ? "pin_model" : "session";
    var order = new ArrayList<Model>();
    first.ifPresent(order::add);
    ranked.stream().map(Ranked::model).filter(model -> !isOf(order, model)).forEach(order::add);
    this.models = List.copyOf(order.subList(0, Math.min(MOST, order.size())));
  }

  /// A model with its place by cost.
  ///
  /// @param percentile 0 to 100; what costs the same is at the same place
  private record Placed(Contender contender, double percentile) {
    Model model() {
      return contender.model();
    }
  }

  /// A model in the band.
  private record Ranked(Placed placed, Score score) {
    Model model() {
      return placed.model();
    }
  }

  /// Returns the models to try, in order; none where there was nothing to choose from.
  public List<Model> models() {
    return models;
  }

  /// Returns an account of the choice.
  ///
  /// @param out models that were left out before
  public Choice choice(List<Considered> out) {
    return new Choice(wish.task(), wish.band(), within, kept, models, account(out));
  }

  /// The models to choose from: those in reserve only where there are no others.
  private List<Contender> unreserved() {
    int least = all.stream().mapToInt(this::reserved).min().orElse(0);
    return all.stream().filter(one -> reserved(one) == least).toList();
  }

  private int reserved(Contender contender) {
    return favourites.reserved(contender.model());
  }

  private static List<Placed> placed(List<Contender> byCost) {
    var placed = new ArrayList<Placed>(byCost.size());
    int place = 0;
    for (int i = 0; i < byCost.size(); i++) {
      if (byCost.get(i).usd() > byCost.get(place).usd()) {
        place = i;
      }
      placed.add(new Placed(byCost.get(i), place == 0 ? 0 : 100.0 * place / (byCost.size() - 1)));
    }
    return placed;
  }

  private static boolean isIn(CostBand band, double percentile) {
    return percentile >= band.from() && percentile <= band.to();
  }

  private static CostBand occupied(CostBand asked, List<Placed> placed) {
    CostBand band = asked;
    while (band.from() > 0 && !isOccupied(band, placed)) {
      band = new CostBand(asked.word(), band.from() - WIDTH, Math.nextDown(band.from()));
    }
    return band;
  }

  private static boolean isOccupied(CostBand band, List<Placed> placed) {
    return placed.stream().anyMatch(one -> isIn(band, one.percentile()));
  }

  private List<Ranked> ranked(List<Placed> inside) {
    var ranked = new ArrayList<Ranked>(inside.size());
    double least = inside.isEmpty() ? 0 : inside.getFirst().percentile();
    double width = inside.isEmpty() ? 0 : inside.getLast().percentile() - least;
    for (Placed one : inside) {
      double share = width == 0 ? 0 : (one.percentile() - least) / width;
      int place = favourites.place(wish.task(), one.model());
      ranked.add(new Ranked(one, Score.of(one.contender(), wish.task(), place, share, tokens)));
    }
    ranked.sort(Comparator.comparing(Ranked::score).thenComparing(one -> one.model().slug()));
    return ranked;
  }

  private Optional<Model> named(String name) {
    return all.stream()
        .map(Contender::model)
        .filter(
            model ->
                model.slug().equals(name)
                    || model.canonicalSlug().equals(name)
                    || model.aliases().contains(name))
        .findFirst();
  }

  private boolean isUp(Model model) {
    return ranked.stream().anyMatch(one -> isSame(one.model(), model) && !one.score().out());
  }

  /// A slug means one model; comparing all the rest of it takes long.
  private static boolean isSame(Model one, Model other) {
    return one.slug().equals(other.slug());
  }

  private static boolean isOf(List<Model> models, Model model) {
    return models.stream().anyMatch(one -> isSame(one, model));
  }

  /// The chosen first, then those that were ranked, then the others by cost.
  private List<Considered> account(List<Considered> out) {
    var order = new LinkedHashMap<String, Model>();
    models.forEach(model -> order.put(model.slug(), model));
    ranked.forEach(one -> order.putIfAbsent(one.model().slug(), one.model()));
    all.forEach(one -> order.putIfAbsent(one.model().slug(), one.model()));
    var account = new ArrayList<Considered>(order.size() + out.size());
    order.values().forEach(model -> account.add(row(model)));
    account.addAll(out);
    return account;
  }

  private Considered row(Model model) {
    int position = models.indexOf(model);
    OptionalDouble percentile =
        placed.stream()
            .filter(one -> isSame(one.model(), model))
            .mapToDouble(Placed::percentile)
            .findFirst();
    return new Considered(
        model,
        position >= 0 ? Verdict.CHOSEN : verdict(percentile),
        "",
        all.stream()
            .filter(one -> isSame(one.model(), model))
            .mapToDouble(Contender::usd)
            .findFirst(),
        percentile,
        ranked.stream().filter(one -> isSame(one.model(), model)).map(Ranked::score).findFirst(),
        position < 0 ? OptionalInt.empty() : OptionalInt.of(position + 1));
  }

  private Verdict verdict(OptionalDouble percentile) {
    if (percentile.isEmpty()) {
      return Verdict.IN_RESERVE;
    }
    if (percentile.getAsDouble() < within.from()) {
      return Verdict.TOO_CHEAP;
    }
    return percentile.getAsDouble() > within.to() ? Verdict.TOO_DEAR : Verdict.BEHIND;
  }
}
