package dev.signalbox.bench.pure;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One plan over endpoints that have all been measured, of thirty providers at most, beside one
/// parse of a body of a kilobyte.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PlanBenchmark {
  private static final Set<String> PARAMETERS =
      Set.of("tools", "tool_choice", "temperature", "top_p", "response_format", "seed", "stop");
  private static final int PROVIDERS = 30;
  private static final DataPolicy KEEPS_NOTHING =
      new DataPolicy(false, false, OptionalInt.of(0), true);

  @Param({"8", "300"})
  int endpoints;

  private final Router router = new Router();
  private final JsonMapper json = new JsonMapper();
  private final SplittableRandom random = new SplittableRandom(20_261_124);
  private Catalog catalog = new Catalog(1, List.of(), List.of(), List.of());
  private VitalsSnapshot vitals = VitalsSnapshot.EMPTY;
  private RoutingRequest bare = request(Preferences.NONE);
  private RoutingRequest sorted = bare;
  private RoutingRequest listed = bare;
  private byte[] body = new byte[0];

  @Setup
  public void prepare() {
    var model =
        new Model(
            "acme/alpha",
            "acme/alpha",
            "Alpha",
            1,
            Optional.empty(),
            128_000,
            new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty()),
            List.of(),
            true,
            Map.of());
    var all = new ArrayList<Endpoint>();
    var measured = new HashMap<EndpointId, Vitals>();
    for (int i = 0; i < endpoints; i++) {
      Endpoint endpoint = endpoint(model, i);
      all.add(endpoint);
      measured.put(endpoint.id(), measured());
    }
    catalog = new Catalog(1, List.of(), List.of(model), all);
    vitals = new VitalsSnapshot(Map.copyOf(measured));
    sorted = request(everything(Optional.of(SortKey.THROUGHPUT), List.of()));
    listed = request(everything(Optional.empty(), List.of("p5", "p3", "p7")));
    String text = "Signals tell a train where it may go. ".repeat(23);
    body =
        ("{\"model\":\"acme/alpha\",\"stream\":true,\"temperature\":0.7,\"messages\":[{\"role\":"
                + "\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"%s\"}]}")
            .formatted(text)
            .getBytes(StandardCharsets.UTF_8);
  }

  private Endpoint endpoint(Model model, int i) {
    BigDecimal price = BigDecimal.valueOf(random.nextInt(50, 400), 8);
    var pricing =
        new Pricing(
            Map.of(
                Item.PROMPT, price,
                Item.COMPLETION, price.multiply(BigDecimal.valueOf(4)),
                Item.INPUT_CACHE_READ, price.movePointLeft(1)),
            BigDecimal.ZERO,
            List.of());
    int number = i % PROVIDERS;
    var provider =
        new Provider(
            "p" + number,
            "Provider " + number,
            KEEPS_NOTHING,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    return new Endpoint(
        EndpointId.of(model.slug(), provider.slug() + "/region-" + i / PROVIDERS),
        model,
        provider,
        provider.slug() + "/region-" + i / PROVIDERS,
        "default",
        pricing,
        pricing,
        128_000,
        OptionalLong.of(16_000),
        OptionalLong.empty(),
        i % 2 == 0 ? "fp8" : "bf16",
        PARAMETERS,
        KEEPS_NOTHING,
        false,
        true);
  }

  private Vitals measured() {
    double latency = 0.2 + random.nextDouble();
    double rate = 20 + 200 * random.nextDouble();
    return new Vitals(
        Health.STABLE,
        Optional.of(new Percentiles(latency, latency * 1.3, latency * 2, latency * 4)),
        Optional.of(new Percentiles(rate, rate / 1.2, rate / 2, rate / 4)),
        random.nextInt(2_000),
        random.nextInt(30));
  }

  /// Names every provider, and sets every preference such that all endpoints pass.
  private Preferences everything(Optional<SortKey> sort, List<String> order) {
    var only = new LinkedHashSet<String>();
    for (int i = 0; i < Math.min(endpoints, PROVIDERS); i++) {
      only.add("p" + i);
    }
    return new Preferences(
        order,
        Optional.of(only),
        Set.of("nobody", "no-one"),
        Optional.of(true),
        true,
        true,
        true,
        true,
        Set.of("fp8", "bf16", "fp16"),
        sort,
        Optional.of(Partition.MODEL),
        Map.of(
            "prompt", new BigDecimal("10"),
            "completion", new BigDecimal("40"),
            "request", new BigDecimal("0.01"),
            "image", new BigDecimal("0.01")),
        Map.of("p50", 60.0, "p90", 30.0),
        Map.of("p50", 0.8, "p90", 3.0));
  }

  private static RoutingRequest request(Preferences preferences) {
    return new RoutingRequest(
        List.of("acme/alpha"),
        Kind.CHAT,
        preferences,
        Preferences.NONE,
        Set.of("tools", "tool_choice", "temperature", "response_format"),
        Set.of(),
        Set.of("text"),
        800,
        OptionalLong.of(1_000),
        Optional.empty(),
        Optional.empty());
  }

  /// No preferences: the lottery by price, with quality tiers, since there are tools.
  @Benchmark
  public RoutingPlan lottery() {
    return router.plan(bare, catalog, vitals, random);
  }

  /// Every preference set, in a strict order.
  @Benchmark
  public RoutingPlan everythingSorted() {
    return router.plan(sorted, catalog, vitals, random);
  }

  /// Every preference set, with names in `order`.
  @Benchmark
  public RoutingPlan everythingListed() {
    return router.plan(listed, catalog, vitals, random);
  }

  @Benchmark
  public JsonNode parseOfOneKilobyte() {
    return json.readTree(body);
  }
}
