package dev.signalbox.gateway.simulation;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.Permit;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Requests that arrive, endpoints that answer or do not, and the router, breakers and measurements
/// of the product between them: in virtual time, by one seed.
final class World {
  static final double ERROR_SECONDS = 0.1;
  static final double TIME_OUT_SECONDS = 10;
  private static final long EPOCH_MILLIS = 1_700_000_000_000L;
  private static final int TOKENS = 1_000;

  private record Event(double at, long number, Runnable what) {}

  /// One request's first attempt.
  record First(double at, Site site) {}

  /// How a run went.
  ///
  /// @param answered share of requests answered, of 1
  /// @param usdPerThousand what a thousand answers cost
  /// @param p90Seconds from a request's arrival to its first token, failed attempts included
  /// @param attempts for each request
  record Result(double answered, double usdPerThousand, double p90Seconds, double attempts) {}

  private final List<Site> sites;
  private final SplittableRandom arrivals;
  private final SplittableRandom fates;
  private final SplittableRandom choices;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingDouble(Event::at).thenComparingLong(Event::number));
  private long numbers;
  private double now;

  private final @Nullable Strategy plain;
  private final Router router = new Router(() -> Instant.EPOCH);
  private final Breakers breakers;
  private final VitalsBoard board;
  private final Catalog catalog;
  private final RoutingRequest request;
  private final Map<EndpointId, Site> byId = new HashMap<>();

  final List<First> firsts = new ArrayList<>();
  private final List<Double> waits = new ArrayList<>();
  private long requests;
  private long attempts;
  private double usd;

  /// @param plain how to choose; null for the way that is shipped
  World(List<Site> sites, long seed, Breakers.Rule rule, @Nullable Strategy plain) {
    this.sites = sites;
    this.plain = plain;
    var chance = new SplittableRandom(seed);
    arrivals = chance.split();
    fates = chance.split();
    choices = chance.split();
    breakers = new Breakers(rule, () -> (long) (now * 1e9), chance.split());
    board = new VitalsBoard(breakers, () -> EPOCH_MILLIS + (long) (now * 1e3));
    catalog =
        new Catalog(
            1, List.of(), List.of(Site.model()), sites.stream().map(s -> s.endpoint).toList());
    sites.forEach(site -> byId.put(site.endpoint.id(), site));
    request =
        new RoutingRequest(
            List.of(Site.model().slug()),
            Kind.CHAT,
            Preferences.NONE,
            Preferences.NONE,
            Set.of(),
            Set.of(),
            Set.of("text"),
            TOKENS,
            OptionalLong.of(TOKENS),
            Optional.empty(),
            Optional.empty());
  }

  private void at(double time, Runnable what) {
    events.add(new Event(time, numbers++, what));
  }

  /// Lets requests arrive at random for a while, and waits for the last to end.
  World run(double seconds, double requestsPerSecond) {
    arrive(seconds, requestsPerSecond);
    while (!events.isEmpty()) {
      Event event = events.poll();
      now = event.at();
      event.what().run();
    }
    return this;
  }

  private void arrive(double until, double perSecond) {
    double next = now - Math.log(1 - arrivals.nextDouble()) / perSecond;
    if (next < until) {
      at(
          next,
          () -> {
            arrive(until, perSecond);
            begin();
          });
    }
  }

  private void begin() {
    requests++;
    var call = new Call(now, plain == null ? planned() : plain.order(sites, choices));
    next(call);
  }

  private List<Site> planned() {
    return router.plan(request, catalog, board.snapshot(), choices).candidates().stream()
        .map(Candidate::endpoint)
        .map(endpoint -> byId.get(endpoint.id()))
        .toList();
  }

  private static final class Call {
    final double since;
    final List<Site> order;
    final List<Site> turnedAway = new ArrayList<>(0);
    int position;
    boolean begun;

    Call(double since, List<Site> order) {
      this.since = since;
      this.order = order;
    }
  }

  private void next(Call call) {
    while (call.position < call.order.size()) {
      Site site = call.order.get(call.position++);
      if (plain != null) {
        attempt(call, site, null);
        return;
      }
      Permit permit = breakers.ask(site.endpoint.id());
      if (permit != null) {
        attempt(call, site, permit);
        return;
      }
      call.turnedAway.add(site);
    }
    if (!call.turnedAway.isEmpty()) {
      Site site = call.turnedAway.removeFirst();
      attempt(call, site, breakers.insist(site.endpoint.id()));
    }
  }

  private void attempt(Call call, Site site, @Nullable Permit permit) {
    if (!call.begun) {
      call.begun = true;
      firsts.add(new First(now, site));
    }
    attempts++;
    if (site.isFull()) {
      at(now + ERROR_SECONDS, () -> failed(call, site, permit, UpstreamFailure.RATE_LIMITED));
      return;
    }
    Optional<Site.Trouble> trouble = site.trouble(now, fates);
    site.running++;
    if (trouble.isEmpty()) {
      double began = now;
      at(now + site.firstToken(fates), () -> answering(call, site, permit, began));
      return;
    }
    boolean silent = trouble.get() == Site.Trouble.SILENCE;
    at(
        now + (silent ? TIME_OUT_SECONDS : ERROR_SECONDS),
        () -> {
          site.running--;
          failed(
              call,
              site,
              permit,
              silent ? UpstreamFailure.TIMED_OUT : UpstreamFailure.SERVER_ERROR);
        });
  }

  private void answering(Call call, Site site, @Nullable Permit permit, double began) {
    waits.add(now - call.since);
    usd += 2 * TOKENS * site.usdPerMillion / 1e6;
    double firstToken = now - began;
    if (plain != null) {
      plain.answered(site.endpoint, firstToken);
    }
    if (permit != null) {
      permit.answering();
    }
    at(
        now + Site.STREAM_SECONDS,
        () -> {
          site.running--;
          if (permit != null) {
            permit.answered();
            board.answered(
                site.endpoint.id(),
                (long) (firstToken * 1e9),
                (long) ((now - began) * 1e9),
                TOKENS);
          }
        });
  }

  private void failed(Call call, Site site, @Nullable Permit permit, UpstreamFailure failure) {
    if (permit != null) {
      permit.failed(failure, OptionalLong.empty());
      if (failure.blame() == UpstreamFailure.Blame.PROVIDER) {
        board.failed(site.endpoint.id());
      }
    }
    next(call);
  }

  Result result() {
    double[] sorted = waits.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return new Result(
        waits.size() / (double) requests,
        1_000 * usd / waits.size(),
        sorted[(int) (0.9 * sorted.length)],
        attempts / (double) requests);
  }
}
