package dev.signalbox.routing;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// The catalog that the contract's assertions speak of.
public final class Acme {
  private static final Set<String> ALL_PARAMETERS =
      Set.of("tools", "response_format", "structured_outputs", "logit_bias", "temperature");
  private static final DataPolicy KEEPS_NOTHING =
      new DataPolicy(false, false, OptionalInt.of(0), true);
  private static final DataPolicy COLLECTS = new DataPolicy(true, true, OptionalInt.empty(), false);

  static final Model ALPHA =
      model("acme/alpha", 32_000, "text", List.of("acme/alpha-old", "~acme/alpha-latest"));
  static final Model BETA = model("acme/beta", 128_000, "text", List.of());
  static final Model ALPHA_FREE = model("acme/alpha:free", 32_000, "text", List.of());
  static final Model EMBED = model("acme/embed", 8_000, "embeddings", List.of());

  private static final Provider A = provider("pa", "Provider A");
  private static final Provider B = provider("pb", "Provider B");
  private static final Provider C = provider("pc", "Provider C");

  static final Endpoint PA = endpoint(ALPHA, A, "pa", "default", "1", 8_000, "fp8");
  static final Endpoint PB =
      new Endpoint(
          EndpointId.of("acme/alpha", "pb/turbo"),
          ALPHA,
          B,
          "pb/turbo",
          "default",
          perMillion("2"),
          perMillion("2"),
          32_000,
          OptionalLong.of(4_000),
          OptionalLong.empty(),
          "bf16",
          Set.of("temperature"),
          COLLECTS,
          false,
          true);
  static final Endpoint PC = endpoint(ALPHA, C, "pc", "default", "3", 16_000, "mxfp4");
  static final Endpoint PRIORITY = endpoint(ALPHA, A, "pa/priority", "priority", "2", 8_000, "fp8");
  static final Endpoint FLEX = endpoint(ALPHA, A, "pa/flex", "flex", "0.5", 8_000, "fp8");
  static final Endpoint BETA_PC = endpoint(BETA, C, "pc", "default", "0.2", 16_000, "bf16");
  static final Endpoint FREE_PA = endpoint(ALPHA_FREE, A, "pa", "default", "0", 2_000, "fp8");
  static final Endpoint EMBED_PA = endpoint(EMBED, A, "pa", "default", "0.02", 8_000, "unknown");

  public static final Catalog CATALOG =
      new Catalog(
          1,
          List.of(A, B, C),
          List.of(ALPHA, BETA, ALPHA_FREE, EMBED),
          List.of(PA, PB, PC, PRIORITY, FLEX, BETA_PC, FREE_PA, EMBED_PA));

  public static final VitalsSnapshot HEALTHY =
      new VitalsSnapshot(
          Map.of(
              PA.id(), vitals(0.8, 2.0, 120, 60),
              PB.id(), vitals(0.4, 1.0, 200, 150),
              PC.id(), vitals(2.0, 5.0, 50, 20),
              PRIORITY.id(), vitals(0.3, 0.6, 300, 250),
              FLEX.id(), vitals(4, 9, 30, 10),
              BETA_PC.id(), vitals(1.0, 2.5, 110, 70)));

  private Acme() {}

  /// Returns the healthy vitals, but for some endpoints in an outage.
  static VitalsSnapshot down(Endpoint... endpoints) {
    var changed = new HashMap<>(HEALTHY.byEndpoint());
    for (Endpoint endpoint : endpoints) {
      changed.computeIfPresent(
          endpoint.id(),
          (_, was) -> new Vitals(Health.DOWN, was.latencySeconds(), was.tokensPerSecond(), 0, 5));
    }
    return new VitalsSnapshot(changed);
  }

  /// Returns the catalog with one more endpoint.
  static Catalog with(Endpoint more) {
    var endpoints = new ArrayList<>(CATALOG.endpoints().toList());
    endpoints.add(more);
    return new Catalog(
        2, CATALOG.providers().toList(), CATALOG.models().toList(), List.copyOf(endpoints));
  }

  static Endpoint endpoint(
      Model model,
      Provider provider,
      String tag,
      String tier,
      String usdPerMillion,
      long maxCompletion,
      String quantization) {
    return new Endpoint(
        EndpointId.of(model.slug(), tag),
        model,
        provider,
        tag,
        tier,
        perMillion(usdPerMillion),
        perMillion(usdPerMillion),
        model.contextLength(),
        OptionalLong.of(maxCompletion),
        OptionalLong.empty(),
        quantization,
        ALL_PARAMETERS,
        KEEPS_NOTHING,
        false,
        true);
  }

  static Pricing perMillion(String usd) {
    BigDecimal perToken = new BigDecimal(usd).movePointLeft(6);
    return new Pricing(
        Map.of(
            Item.PROMPT, perToken,
            Item.COMPLETION, perToken,
            Item.INPUT_CACHE_READ, perToken.movePointLeft(1)),
        BigDecimal.ZERO,
        List.of());
  }

  static Provider provider(String slug, String name) {
    return new Provider(
        slug,
        name,
        DataPolicy.UNKNOWN,
        true,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  private static Model model(String slug, long context, String output, List<String> aliases) {
    return new Model(
        slug,
        slug,
        slug,
        1,
        Optional.empty(),
        context,
        new Architecture(Set.of("text"), Set.of(output), "Other", Optional.empty()),
        aliases,
        false,
        Map.of());
  }

  private static Vitals vitals(double ttft50, double ttft90, double rate50, double rate90) {
    return new Vitals(
        Health.STABLE,
        Optional.of(new Percentiles(ttft50, ttft90, ttft90, ttft90 * 2)),
        Optional.of(new Percentiles(rate50, rate90, rate90, rate90 / 2)),
        10,
        0);
  }
}
