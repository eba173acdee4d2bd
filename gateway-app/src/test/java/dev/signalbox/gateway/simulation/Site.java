package dev.signalbox.gateway.simulation;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.pricing.Pricing;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;

/// An endpoint that behaves as its script says.
final class Site {
  static final double STREAM_SECONDS = 2;

  private static final Model MODEL =
      new Model(
          "acme/alpha",
          "acme/alpha",
          "Alpha",
          1,
          Optional.empty(),
          128_000,
          new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty()),
          List.of(),
          false,
          Map.of());

  final Endpoint endpoint;
  final double usdPerMillion;
  private final double medianSeconds;
  private final int maxConcurrent;
  private final List<Phase> phases = new ArrayList<>();
  int running;

  /// How calls end that do not end well.
  enum Trouble {
    ERROR,
    SILENCE
  }

  /// From one second to another, a share of calls fails.
  private record Phase(double from, double to, double share, Trouble trouble) {}

  /// @param medianSeconds to the first token; nine in ten take less than 1.9 times as long
  /// @param maxConcurrent calls at once, beyond which a call gets a 429
  Site(String name, String usdPerMillion, double medianSeconds, int maxConcurrent) {
    this.usdPerMillion = Double.parseDouble(usdPerMillion);
    this.medianSeconds = medianSeconds;
    this.maxConcurrent = maxConcurrent;
    String perToken = new BigDecimal(usdPerMillion).movePointLeft(6).toPlainString();
    var policy = new DataPolicy(false, false, OptionalInt.empty(), true);
    this.endpoint =
        new Endpoint(
            EndpointId.of(MODEL.slug(), name),
            MODEL,
            new Provider(
                name,
                name,
                policy,
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of()),
            name,
            "default",
            Pricing.of(perToken, perToken),
            Pricing.of(perToken, perToken),
            128_000,
            OptionalLong.empty(),
            OptionalLong.empty(),
            "fp8",
            Set.of(),
            policy,
            false,
            true);
  }

  static Model model() {
    return MODEL;
  }

  Site fails(double from, double to, double share, Trouble trouble) {
    phases.add(new Phase(from, to, share, trouble));
    return this;
  }

  /// Returns whether a call that begins now is turned away.
  boolean isFull() {
    return running >= maxConcurrent;
  }

  /// Returns how a call that begins now will fail, if it will.
  Optional<Trouble> trouble(double now, SplittableRandom chance) {
    for (Phase phase : phases) {
      if (now >= phase.from && now < phase.to && chance.nextDouble() < phase.share) {
        return Optional.of(phase.trouble);
      }
    }
    return Optional.empty();
  }

  /// Returns the time to the first token: log-normal, and longer under load.
  double firstToken(SplittableRandom chance) {
    double load = running / (double) maxConcurrent;
    return medianSeconds * Math.exp(0.5 * chance.nextGaussian()) * (1 + load * load);
  }
}
