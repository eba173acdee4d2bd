package dev.signalbox.gateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.simulation.Site.Trouble;
import dev.signalbox.gateway.simulation.World.First;
import dev.signalbox.gateway.simulation.World.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the router, the breakers and the measurements make of outages, in virtual time.
class SimulationTest {
  private static final long SEED = 20_261_124;
  private static final Path TABLE = Path.of("../docs/routing-simulation.md");

  /// The ways to choose, by name; the shipped one is null.
  private static Map<String, Supplier<Strategy>> strategies() {
    var strategies = new LinkedHashMap<String, Supplier<Strategy>>();
    strategies.put("shipped", () -> null);
    strategies.put("random", Strategy::random);
    strategies.put("round-robin", Strategy::roundRobin);
    strategies.put("cheapest first", Strategy::cheapestFirst);
    strategies.put("least latency", Strategy::leastLatency);
    return strategies;
  }

  private static final Map<String, Result> DONE = new ConcurrentHashMap<>();

  private static Result run(Scenario scenario, String strategy) {
    return DONE.computeIfAbsent(
        scenario.name() + "/" + strategy,
        _ -> run(scenario, strategies().get(strategy).get(), Breakers.Rule.DEFAULT));
  }

  private static Result run(Scenario scenario, Strategy plain, Breakers.Rule rule) {
    return new World(scenario.sites().get(), SEED, rule, plain)
        .run(scenario.seconds(), scenario.perSecond())
        .result();
  }

  static List<Scenario> scenarios() {
    return Scenario.ALL;
  }

  /// To lose is to answer fewer requests, or to be worse in cost, in waiting and in attempts at
  /// once.
  @ParameterizedTest
  @MethodSource("scenarios")
  void theShippedWayDoesNotLoseToAnyPlainOne(Scenario scenario) {
    Result shipped = run(scenario, "shipped");
    strategies()
        .keySet()
        .forEach(
            name -> {
              Result plain = run(scenario, name);
              assertThat(shipped.answered())
                  .as("%s: answered, against %s (seed %d)", scenario.name(), name, SEED)
                  .isGreaterThanOrEqualTo(plain.answered() - 0.0005);
              boolean loses =
                  plain.usdPerThousand() < shipped.usdPerThousand()
                      && plain.p90Seconds() < shipped.p90Seconds()
                      && plain.attempts() < shipped.attempts();
              assertThat(loses)
                  .as(
                      "%s against %s (seed %d): %s, %s",
                      scenario.name(), name, SEED, shipped, plain)
                  .isFalse();
            });
  }

  @Test
  void equalSeedsGiveEqualRuns() {
    Scenario scenario = Scenario.ALL.get(1);
    assertThat(run(scenario, null, Breakers.Rule.DEFAULT)).isEqualTo(run(scenario, "shipped"));
  }

  /// An endpoint that starts to fail every call has under 2 % of the first attempts three seconds
  /// later, at a hundred requests a second, and its share back a minute after it has healed.
  @Test
  void outagesAreLeftInThreeSecondsAndForgottenInAMinute() {
    for (long seed = 0; seed < 40; seed++) {
      var chance = new SplittableRandom(seed);
      List<Site> sites = sites(chance);
      Site failing = sites.get(chance.nextInt(sites.size()));
      double begins = 30 + 60 * chance.nextDouble();
      double heals = begins + 10 + 110 * chance.nextDouble();
      failing.fails(begins, heals, 1, Trouble.ERROR);
      double end = heals + 160;
      World world = new World(sites, seed, Breakers.Rule.DEFAULT, null).run(end, 100);
      assertThat(share(world, failing, begins + 3, heals))
          .as("seed %d, while it fails", seed)
          .isLessThan(0.02);
      double expected = expected(failing, sites);
      double sigma = Math.sqrt(expected * (1 - expected) / (100 * (end - heals - 60)));
      assertThat(share(world, failing, heals + 60, end))
          .as("seed %d, after it healed", seed)
          .isCloseTo(expected, within(4 * sigma));
    }
  }

  /// One that answers nothing is left long before the first of its calls times out.
  @Test
  void silenceIsLeftBeforeTheFirstTimeOut() {
    for (long seed = 0; seed < 20; seed++) {
      var chance = new SplittableRandom(seed);
      List<Site> sites = sites(chance);
      Site failing =
          sites.stream()
              .min((a, b) -> Double.compare(a.usdPerMillion, b.usdPerMillion))
              .orElseThrow();
      failing.fails(60, 120, 1, Trouble.SILENCE);
      World world = new World(sites, seed, Breakers.Rule.DEFAULT, null).run(280, 100);
      assertThat(share(world, failing, 60 + 0.9 * World.TIME_OUT_SECONDS, 120))
          .as("seed %d, while it is silent", seed)
          .isLessThan(0.02);
      double expected = expected(failing, sites);
      double sigma = Math.sqrt(expected * (1 - expected) / (100 * 100));
      assertThat(share(world, failing, 180, 280))
          .as("seed %d, after it healed", seed)
          .isCloseTo(expected, within(4 * sigma));
    }
  }

  private static List<Site> sites(SplittableRandom chance) {
    var sites = new ArrayList<Site>();
    int count = chance.nextInt(2, 7);
    for (int i = 0; i < count; i++) {
      String usd = String.format(Locale.ROOT, "%.2f", 0.5 + 3 * chance.nextDouble());
      sites.add(new Site("p" + i, usd, 0.2 + 0.4 * chance.nextDouble(), 100_000));
    }
    return sites;
  }

  private static double expected(Site site, List<Site> sites) {
    double all = sites.stream().mapToDouble(s -> 1 / (s.usdPerMillion * s.usdPerMillion)).sum();
    return 1 / (site.usdPerMillion * site.usdPerMillion) / all;
  }

  private static double share(World world, Site site, double from, double to) {
    long all = 0;
    long own = 0;
    for (First first : world.firsts) {
      if (first.at() >= from && first.at() < to) {
        all++;
        own += first.site() == site ? 1 : 0;
      }
    }
    return own / (double) all;
  }

  /// The page is what the simulator says today.
  @Test
  void thePageShowsThisTable() throws IOException {
    assertThat(Files.readString(TABLE)).contains(table());
  }

  /// Writes the page: `-Dsimulation=write`.
  @Test
  @EnabledIfSystemProperty(named = "simulation", matches = "write")
  void write() throws IOException {
    String page = Files.readString(TABLE);
    page = replaced(page, "| Scenario |", table());
    Files.writeString(TABLE, replaced(page, "| Rule |", tuning()));
  }

  private static String replaced(String page, String head, String table) {
    int from = page.indexOf(head);
    int to = page.indexOf("\n\n", from);
    return page.substring(0, from) + table + page.substring(to);
  }

  /// The shipped way under other rules: means over all scenarios.
  private static String tuning() {
    var rules = new LinkedHashMap<String, Breakers.Rule>();
    Breakers.Rule shipped = Breakers.Rule.DEFAULT;
    rules.put("as shipped", shipped);
    for (int memory : List.of(10, 60, 120)) {
      rules.put("memory %d s".formatted(memory), rule(memory, 3, 0.5, 2));
    }
    for (double share : List.of(0.25, 0.35, 0.75)) {
      rules.put("failure share %d %%".formatted((int) (100 * share)), rule(30, 3, share, 2));
    }
    for (int calls : List.of(10, 50)) {
      rules.put("at least %d calls".formatted(calls), rule(30, calls, 0.5, 2));
    }
    for (int trials : List.of(1, 5)) {
      rules.put("%d trials".formatted(trials), rule(30, 3, 0.5, trials));
    }
    var table =
        new StringBuilder("| Rule | Answered | USD per 1,000 | p90 to first token | Attempts |\n");
    table.append("| --- | --- | --- | --- | --- |");
    rules.forEach(
        (name, rule) -> {
          List<Result> results =
              Scenario.ALL.stream().map(scenario -> run(scenario, null, rule)).toList();
          table.append(
              String.format(
                  Locale.ROOT,
                  "\n| %s | %.3f %% | %.3f | %.3f s | %.4f |",
                  name,
                  100 * mean(results, Result::answered),
                  mean(results, Result::usdPerThousand),
                  mean(results, Result::p90Seconds),
                  mean(results, Result::attempts)));
        });
    return table.toString();
  }

  private static Breakers.Rule rule(int memory, int calls, double share, int trials) {
    return new Breakers.Rule(
        Duration.ofSeconds(memory), calls, share, trials, Breakers.Rule.DEFAULT.maxCoolDown());
  }

  private static double mean(List<Result> results, ToDoubleFunction<Result> of) {
    return results.stream().mapToDouble(of).average().orElseThrow();
  }

  private static String table() {
    var table =
        new StringBuilder(
            "| Scenario | Strategy | Answered | USD per 1,000 | p90 to first token | Attempts |\n");
    table.append("| --- | --- | --- | --- | --- | --- |");
    for (Scenario scenario : Scenario.ALL) {
      String label = "**%s**: %s".formatted(scenario.name(), scenario.story());
      for (String strategy : strategies().keySet()) {
        Result result = run(scenario, strategy);
        table.append(
            String.format(
                Locale.ROOT,
                "\n| %s | %s | %.2f %% | %.2f | %.2f s | %.2f |",
                label,
                strategy,
                100 * result.answered(),
                result.usdPerThousand(),
                result.p90Seconds(),
                result.attempts()));
        label = "";
      }
    }
    return table.toString();
  }
}
