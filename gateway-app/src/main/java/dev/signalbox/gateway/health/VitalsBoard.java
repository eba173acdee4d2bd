package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// How every endpoint has been doing, gathered into one snapshot that planning reads.
public final class VitalsBoard {
  private static final long MAX_AGE_NANOS = 250_000_000L;

  private final Breakers breakers;
  private final LongSupplier nanoTime;
  private final Map<EndpointId, Measurements> measurements = new ConcurrentHashMap<>();
  private volatile VitalsSnapshot snapshot = VitalsSnapshot.EMPTY;
  private volatile long takenNanos;
  private volatile boolean stale = true;

  public VitalsBoard(Breakers breakers, LongSupplier nanoTime) {
    this.breakers = breakers;
    this.nanoTime = nanoTime;
    breakers.onChange(() -> stale = true);
  }

  /// Records an answer.
  ///
  /// @param completionTokens tokens of the answer, over `totalNanos`
  public void answered(
      EndpointId endpoint, long firstTokenNanos, long totalNanos, long completionTokens) {
    of(endpoint).answered(nanoTime.getAsLong(), firstTokenNanos, totalNanos, completionTokens);
  }

  /// Records a failure of the provider's making.
  public void failed(EndpointId endpoint) {
    of(endpoint).failed(nanoTime.getAsLong());
  }

  private Measurements of(EndpointId endpoint) {
    Measurements known = measurements.get(endpoint);
    return known != null ? known : measurements.computeIfAbsent(endpoint, _ -> new Measurements());
  }

  /// Returns the vitals of all endpoints, at most a quarter of a second old, and never older than
  /// the last change of an endpoint's health.
  public VitalsSnapshot snapshot() {
    long now = nanoTime.getAsLong();
    if (stale || now - takenNanos > MAX_AGE_NANOS) {
      take(now);
    }
    return snapshot;
  }

  private synchronized void take(long now) {
    if (!stale && now - takenNanos <= MAX_AGE_NANOS) {
      return;
    }
    stale = false;
    takenNanos = now;
    var vitals = new HashMap<EndpointId, Vitals>();
    measurements.forEach((id, measured) -> vitals.put(id, vitals(id, measured, now)));
    breakers.known().forEach(id -> vitals.computeIfAbsent(id, this::unmeasured));
    snapshot = new VitalsSnapshot(Map.copyOf(vitals));
  }

  private Vitals unmeasured(EndpointId id) {
    return new Vitals(breakers.healthOf(id), Optional.empty(), Optional.empty(), 0, 0);
  }

  private Vitals vitals(EndpointId id, Measurements measured, long now) {
    Health health = breakers.healthOf(id);
    return measured.vitals(health, now);
  }
}
