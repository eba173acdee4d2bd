package dev.signalbox.routing.auto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Glob;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.CostBand;
import dev.signalbox.routing.request.CostBand.Tier;
import dev.signalbox.vitals.Grade;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Models are called `a/m0`, `a/m1` and so on, the cheapest first.
class ChooserTest {
  private static final Favourites FAVOURITES =
      new Favourites(
          Map.of(TaskType.CODE, globs("a/m1", "a/m2")),
          globs("a/m3", "a/m1"),
          globs("*:free", "a/last", "a/last:free"));

  private static List<Glob> globs(String... patterns) {
    return Arrays.stream(patterns).map(Glob::new).toList();
  }

  private static Contender contender(String name, double usd, Grade grade) {
    var model =
        new Model(
            "a/" + name,
            "a/" + name,
            name,
            1,
            Optional.empty(),
            1000,
            new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty()),
            List.of(),
            false,
            Map.of());
    return new Contender(model, usd, 1000, false, grade);
  }

  private static List<Contender> field(int size) {
    return IntStream.range(0, size).mapToObj(i -> contender("m" + i, i + 1, Grade.NORMAL)).toList();
  }

  private static AutoWish wish(TaskType task, CostBand band) {
    return new AutoWish(task, List.of(), List.of(), band, Optional.empty());
  }

  private static List<String> chosen(List<Contender> field, AutoWish wish) {
    return chosen(field, wish, Optional.empty());
  }

  private static List<String> chosen(
      List<Contender> field, AutoWish wish, Optional<Model> session) {
    return new Chooser(field, wish, FAVOURITES, 100, session)
        .models().stream().map(model -> model.slug().substring(2)).toList();
  }

  /// Of eleven models, each is ten percentiles from the next.
  @ParameterizedTest
  @CsvSource({
    "11, low, m1 m0",
    "11, medium, m3 m2",
    "11, high, m5 m4",
    "11, xhigh, m7 m6",
    "11, max, m10 m9 m8",
    "1, low, m0",
    "1, max, m0",
    "2, low, m0",
    "2, medium, m0",
    "2, xhigh, m0",
    "2, max, m1",
    "3, high, m1",
    "3, xhigh, m1",
    "3, max, m2",
  })
  void aTierIsAFifthOfTheModelsOrTheNextCheaperThatHasAny(int size, String tier, String models) {
    CostBand band = Tier.ofWord(tier).orElseThrow().band();
    assertThat(chosen(field(size), wish(TaskType.GENERAL, band)))
        .containsExactly(models.split(" "));
  }

  @ParameterizedTest
  @CsvSource({"10, 10", "9, 18", "5, 50", "0, 90"})
  void theDialIsACeilingWithoutAFloor(int dial, double percentile) {
    assertThat(CostBand.ofDial(dial).from()).isZero();
    assertThat(CostBand.ofDial(dial).to()).isEqualTo(percentile);
  }

  @Test
  void whatCostsTheSameIsInTheSameBand() {
    List<Contender> field =
        IntStream.range(0, 6).mapToObj(i -> contender("m" + i, 1, Grade.NORMAL)).toList();
    for (Tier tier : Tier.values()) {
      assertThat(chosen(field, wish(TaskType.GENERAL, tier.band()))).hasSize(Chooser.MOST);
    }
  }

  @Test
  void theTasksFavouritesComeBeforeTheOthersAndThoseBeforeTheRest() {
    var all = new CostBand("all", 0, 100);
    assertThat(chosen(field(6), wish(TaskType.CODE, all))).containsExactly("m1", "m2", "m3", "m5");
    assertThat(chosen(field(6), wish(TaskType.MATH, all))).containsExactly("m3", "m1", "m5", "m4");
  }

  @Test
  void oneWhoseEndpointsAreAllOutComesLast() {
    List<Contender> field =
        List.of(contender("m1", 1, Grade.DOWN), contender("m9", 1, Grade.DEGRADED));
    assertThat(chosen(field, wish(TaskType.CODE, CostBand.USUAL))).containsExactly("m9", "m1");
  }

  @Test
  void theReserveIsForWhenNothingElseIsLeft() {
    Contender free = contender("m0:free", 0, Grade.NORMAL);
    Contender last = contender("last", 1, Grade.NORMAL);
    Contender lastFree = contender("last:free", 0, Grade.NORMAL);
    Contender paid = contender("m7", 7, Grade.DOWN);
    AutoWish any = wish(TaskType.GENERAL, CostBand.USUAL);
    assertThat(chosen(List.of(free, last, lastFree, paid), any)).containsExactly("m7");
    assertThat(chosen(List.of(free, last, lastFree), any)).containsExactly("m0:free");
    assertThat(chosen(List.of(last, lastFree), any)).containsExactly("last");
    assertThat(chosen(List.of(lastFree), any)).containsExactly("last:free");
    assertThat(chosen(List.of(), any)).isEmpty();
  }

  @Test
  void aConversationStaysWithItsModelWhileThatIsInTheBandAndUp() {
    CostBand max = Tier.MAX.band();
    Optional<Model> m8 = Optional.of(field(11).get(8).model());
    assertThat(chosen(field(11), wish(TaskType.GENERAL, max), m8))
        .containsExactly("m8", "m10", "m9");
    assertThat(chosen(field(11), wish(TaskType.GENERAL, Tier.LOW.band()), m8))
        .containsExactly("m1", "m0");
    List<Contender> down =
        IntStream.range(0, 11)
            .mapToObj(i -> contender("m" + i, i + 1, i == 8 ? Grade.LIMITED : Grade.NORMAL))
            .toList();
    assertThat(chosen(down, wish(TaskType.GENERAL, max), m8)).containsExactly("m10", "m9", "m8");
  }

  @Test
  void aModelThatTheCallerPinsComesFirstWhateverItCosts() {
    var wish =
        new AutoWish(TaskType.CODE, List.of(), List.of(), CostBand.USUAL, Optional.of("a/m9"));
    assertThat(chosen(field(11), wish, Optional.of(field(11).get(0).model())))
        .containsExactly("m9", "m1", "m0");
    assertThat(chosen(field(5), wish)).containsExactly("m0");
  }

  @Test
  void theAccountTellsWhatBecameOfEveryModel() {
    var chooser =
        new Chooser(
            field(11), wish(TaskType.CODE, Tier.MEDIUM.band()), FAVOURITES, 100, Optional.empty());
    Model other = contender("other", 1, Grade.NORMAL).model();
    Choice choice = chooser.choice(List.of(Considered.out(other, Verdict.EXCLUDED, "")));
    assertThat(choice.considered())
        .extracting(one -> one.model().slug().substring(2) + " " + one.verdict())
        .containsExactly(
            "m2 CHOSEN",
            "m3 CHOSEN",
            "m0 TOO_CHEAP",
            "m1 TOO_CHEAP",
            "m4 TOO_DEAR",
            "m5 TOO_DEAR",
            "m6 TOO_DEAR",
            "m7 TOO_DEAR",
            "m8 TOO_DEAR",
            "m9 TOO_DEAR",
            "m10 TOO_DEAR",
            "other EXCLUDED");
    assertThat(choice.considered().getFirst().score().orElseThrow().place()).isEqualTo(1);
    assertThat(choice.considered().getFirst().position()).hasValue(1);
  }
}
