package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// How every endpoint has been doing, gathered into one snapshot that planning reads.
public final class VitalsBoard {
  private static final long MAX_AGE_MILLIS = 250;

  private final Breakers breakers;
  private final LongSupplier epochMillis;
  private final Map<EndpointId, Measurements> measurements = new ConcurrentHashMap<>();
  private final ReentrantLock taking = new ReentrantLock();
  private volatile VitalsSnapshot snapshot = VitalsSnapshot.EMPTY;
  private volatile long takenMillis;
  private volatile boolean stale = true;

  /// What listings show of an endpoint: percentiles over half an hour, and the share of requests
  /// answered, of 1; -1 where there were none.
  public record Listing(
      Optional<Percentiles> latencySeconds,
      Optional<Percentiles> tokensPerSecond,
      double uptime5Minutes,
      double uptime30Minutes,
      double uptimeDay) {
    static final Listing UNKNOWN = new Listing(Optional.empty(), Optional.empty(), -1, -1, -1);
  }

  /// @param epochMillis the time of day: replicas must agree on it within a few seconds
  public VitalsBoard(Breakers breakers, LongSupplier epochMillis) {
    this.breakers = breakers;
    this.epochMillis = epochMillis;
    breakers.onChange(() -> stale = true);
    breakers.onRecovered(endpoint -> of(endpoint).forgive(slot()));
  }

  /// Returns the number of the ten seconds that are under way.
  public long slot() {
    return Math.floorDiv(epochMillis.getAsLong(), Measurements.SLOT_MILLIS);
  }

  /// Records an answer.
  ///
  /// @param completionTokens tokens of the answer, over `totalNanos`
  public void answered(
      EndpointId endpoint, long firstTokenNanos, long totalNanos, long completionTokens) {
    of(endpoint).answered(slot(), firstTokenNanos, totalNanos, completionTokens);
  }

  /// Records a failure of the provider's making.
  public void failed(EndpointId endpoint) {
    of(endpoint).failed(slot());
  }

  /// Returns whether another answer with tool calls is worth looking into: all are while they are
  /// few, then some.
  public boolean wantsToolAnswer(EndpointId endpoint) {
    return of(endpoint).wantsToolAnswer(epochMillis.getAsLong());
  }

  /// Records what a look into an answer's tool calls showed.
  ///
  /// @param valid all of them could be made
  public void toolAnswer(EndpointId endpoint, boolean valid) {
    of(endpoint).toolAnswer(slot(), valid);
  }

  private Measurements of(EndpointId endpoint) {
    Measurements known = measurements.get(endpoint);
    return known != null ? known : measurements.computeIfAbsent(endpoint, _ -> new Measurements());
  }

  /// Returns what this replica has seen in slots that are over: those numbered above `after`, at
  /// most half an hour of them. What is returned once does not change any more.
  public List<VitalsSlot> export(long after) {
    long slot = slot();
    var exported = new ArrayList<VitalsSlot>();
    measurements.forEach((id, measured) -> exported.addAll(measured.export(id, after, slot)));
    return exported;
  }

  /// Adds what another replica has seen, in the order of its slots. A slot that it sent before is
  /// left out, so that sending twice does no harm.
  ///
  /// @param replica a name that no other replica has, and that a restart changes
  public void merge(String replica, Collection<VitalsSlot> slots) {
    long slot = slot();
    for (VitalsSlot foreign : slots) {
      of(foreign.endpoint()).merge(replica, foreign, slot);
    }
  }

  public Listing listing(EndpointId endpoint) {
    Measurements measured = measurements.get(endpoint);
    return measured == null ? Listing.UNKNOWN : measured.listing(slot());
  }

  /// Returns the vitals of all endpoints, at most a quarter of a second old, and never older than
  /// the last change of an endpoint's health (but for what another thread is taking right now).
  public VitalsSnapshot snapshot() {
    long now = epochMillis.getAsLong();
    if ((stale || Math.abs(now - takenMillis) > MAX_AGE_MILLIS) && taking.tryLock()) {
      try {
        take(now);
      } finally {
        taking.unlock();
      }
    }
    return snapshot;
  }

  private void take(long now) {
    breakers.watch();
    stale = false;
    takenMillis = now;
    long slot = slot();
    var vitals = new HashMap<EndpointId, Vitals>();
    measurements.forEach(
        (id, measured) -> vitals.put(id, measured.vitals(breakers.healthOf(id), slot)));
    for (EndpointId id : breakers.known()) {
      vitals.computeIfAbsent(id, this::unmeasured);
    }
    vitals.forEach(
        (id, known) ->
            known.latencySeconds().ifPresent(latency -> breakers.expect(id, latency.p99())));
    snapshot = new VitalsSnapshot(vitals);
  }

  private Vitals unmeasured(EndpointId id) {
    return new Vitals(breakers.healthOf(id), Optional.empty(), Optional.empty(), 0, 0);
  }
}
