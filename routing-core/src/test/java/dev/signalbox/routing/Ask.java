package dev.signalbox.routing;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import dev.signalbox.routing.request.RoutingRequest.Session;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A request in the making: what a test leaves out is absent.
final class Ask {
  final List<String> models;
  List<String> order = List.of();
  Optional<Set<String>> only = Optional.empty();
  Set<String> ignore = Set.of();
  Optional<Boolean> allowFallbacks = Optional.empty();
  boolean requireParameters;
  boolean denyDataCollection;
  boolean zdr;
  Set<String> quantizations = Set.of();
  Optional<SortKey> sort = Optional.empty();
  Optional<Partition> partition = Optional.empty();
  final Map<String, BigDecimal> maxPrice = new HashMap<>();
  final Map<String, Double> minThroughput = new HashMap<>();
  final Map<String, Double> maxLatency = new HashMap<>();
  Preferences defaults = Preferences.NONE;
  Set<String> parameters = Set.of();
  long promptTokens = 10;
  OptionalLong maxTokens = OptionalLong.empty();
  Optional<String> tier = Optional.empty();
  Optional<Session> session = Optional.empty();

  private Ask(List<String> models) {
    this.models = models;
  }

  static Ask alpha() {
    return new Ask(List.of("acme/alpha"));
  }

  static Ask of(String... models) {
    return new Ask(List.of(models));
  }

  Ask order(String... slugs) {
    order = List.of(slugs);
    return this;
  }

  Ask only(String... slugs) {
    only = Optional.of(Set.of(slugs));
    return this;
  }

  Ask ignore(String... slugs) {
    ignore = Set.of(slugs);
    return this;
  }

  Ask noFallbacks() {
    allowFallbacks = Optional.of(false);
    return this;
  }

  Ask sort(SortKey key) {
    sort = Optional.of(key);
    return this;
  }

  Ask partition(Partition by) {
    partition = Optional.of(by);
    return this;
  }

  Ask maxPrice(String key, String usd) {
    maxPrice.put(key, new BigDecimal(usd));
    return this;
  }

  Ask maxLatency(String percentile, double seconds) {
    maxLatency.put(percentile, seconds);
    return this;
  }

  Ask minThroughput(String percentile, double rate) {
    minThroughput.put(percentile, rate);
    return this;
  }

  Ask sending(String... names) {
    parameters = Set.copyOf(Arrays.asList(names));
    return this;
  }

  Ask tier(String name) {
    tier = Optional.of(name);
    return this;
  }

  Ask session(long key) {
    session = Optional.of(new Session(key, true));
    return this;
  }

  /// A conversation without a name, which an endpoint has served before.
  Ask pinned(Endpoint endpoint) {
    session = Optional.of(new Session(7, false, Optional.of(endpoint.id())));
    return this;
  }

  Ask defaults(Ask account) {
    defaults = account.preferences();
    return this;
  }

  Preferences preferences() {
    return new Preferences(
        order,
        only,
        ignore,
        allowFallbacks,
        requireParameters,
        denyDataCollection,
        zdr,
        false,
        quantizations,
        sort,
        partition,
        maxPrice,
        minThroughput,
        maxLatency);
  }

  RoutingRequest request() {
    return new RoutingRequest(
        models,
        Kind.CHAT,
        preferences(),
        defaults,
        parameters,
        Set.of(),
        Set.of("text"),
        promptTokens,
        maxTokens,
        tier,
        session);
  }
}
