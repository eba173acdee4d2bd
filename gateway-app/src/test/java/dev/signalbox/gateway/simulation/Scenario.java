package dev.signalbox.gateway.simulation;

import dev.signalbox.gateway.simulation.Site.Trouble;
import java.util.List;
import java.util.function.Supplier;

/// A day at the office: endpoints, what befalls them, and how many requests come.
record Scenario(
    String name, String story, double seconds, double perSecond, Supplier<List<Site>> sites) {
  private static final int AMPLE = 100_000;

  private static Site cheap(int maxConcurrent) {
    return new Site("cheap", "1", 0.6, maxConcurrent);
  }

  private static Site middle(int maxConcurrent) {
    return new Site("middle", "2", 0.5, maxConcurrent);
  }

  private static Site dear(int maxConcurrent) {
    return new Site("dear", "3", 0.4, maxConcurrent);
  }

  private static Scenario of(String name, String story, Supplier<Site> cheap) {
    return new Scenario(
        name, story, 180, 300, () -> List.of(cheap.get(), middle(AMPLE), dear(AMPLE)));
  }

  static final List<Scenario> ALL =
      List.of(
          of("calm", "all is well", () -> cheap(AMPLE)),
          of(
              "outage",
              "the cheapest fails every call for a minute",
              () -> cheap(AMPLE).fails(60, 120, 1, Trouble.ERROR)),
          of(
              "black hole",
              "the cheapest answers nothing for a minute",
              () -> cheap(AMPLE).fails(60, 120, 1, Trouble.SILENCE)),
          of(
              "brown-out",
              "a third of the cheapest's calls fail, all the time",
              () -> cheap(AMPLE).fails(0, 180, 0.33, Trouble.ERROR)),
          of(
              "slow brown-out",
              "one in five of the cheapest's calls gets no answer, all the time",
              () -> cheap(AMPLE).fails(0, 180, 0.2, Trouble.SILENCE)),
          of(
              "flapping",
              "the cheapest fails for five seconds in every twenty",
              () -> {
                Site site = cheap(AMPLE);
                for (int from = 10; from < 180; from += 20) {
                  site.fails(from, from + 5, 1, Trouble.ERROR);
                }
                return site;
              }),
          of(
              "rate limit",
              "the cheapest takes 100 calls at once, and refuses the rest",
              () -> cheap(100)),
          new Scenario(
              "rush",
              "3,000 requests a second, more than any one takes",
              60,
              3_000,
              () -> List.of(cheap(4_000), middle(4_000), dear(4_000))),
          new Scenario(
              "outages in turn",
              "each is away for a minute, one after another",
              240,
              300,
              () ->
                  List.of(
                      cheap(AMPLE).fails(30, 90, 1, Trouble.ERROR),
                      middle(AMPLE).fails(90, 150, 1, Trouble.SILENCE),
                      dear(AMPLE).fails(150, 210, 1, Trouble.ERROR))),
          new Scenario(
              "all away",
              "every call of all three fails for twenty seconds",
              180,
              300,
              () ->
                  List.of(
                      cheap(AMPLE).fails(60, 80, 1, Trouble.ERROR),
                      middle(AMPLE).fails(60, 80, 1, Trouble.ERROR),
                      dear(AMPLE).fails(60, 80, 1, Trouble.ERROR))));
}
