package dev.signalbox.bench.pure;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// An answer relayed and metered, what it costs, and whose key it was.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class MeteringBenchmark {
  private static final String HEAD = "\"id\":\"c\",\"created\":1,\"model\":\"up\",";
  private static final String USAGE =
      "\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":50,\"total_tokens\":70,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":5}}";
  private static final String EVENT =
      "data: {"
          + HEAD
          + "\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
          + "\" some words\"},\"finish_reason\":null}]}\n\n";
  private static final String LAST =
      "data: {"
          + HEAD
          + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {"
          + HEAD
          + "\"choices\":[],"
          + USAGE
          + "}\n\ndata: [DONE]\n\n";
  private static final String WHOLE =
      "{"
          + HEAD
          + "\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
          + "\"assistant\",\"content\":\"An answer.\"},\"finish_reason\":\"stop\"}],"
          + USAGE
          + "}";

  private final byte[] events = (EVENT.repeat(50) + LAST).getBytes(StandardCharsets.UTF_8);
  private final byte[] whole = WHOLE.getBytes(StandardCharsets.UTF_8);
  private final Pricing pricing = Pricing.of("0.00000123", "0.00000456");
  private final BigDecimal factor = new BigDecimal("1.055");
  private final Instant now = Instant.ofEpochSecond(1_800_000_000);
  private final String secret = KeySecret.generate();
  private final Translations translations = new Translations();
  private final Translation translation =
      translations.between(Surface.CHAT_COMPLETIONS, Dialect.OPENAI);
  private final Target target = new Target(endpoint(), "up", Dialect.OPENAI, Set.of());
  private final Glance streamed = glance(true);
  private final Glance plain = glance(false);

  private Endpoint endpoint() {
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
    var policy = new DataPolicy(false, false, OptionalInt.of(0), true);
    var provider =
        new Provider(
            "acme",
            "Acme",
            policy,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    return new Endpoint(
        EndpointId.of(model.slug(), "acme"),
        model,
        provider,
        "acme",
        "default",
        pricing,
        pricing,
        128_000,
        OptionalLong.empty(),
        OptionalLong.empty(),
        "unknown",
        Set.of(),
        policy,
        false,
        true);
  }

  private Glance glance(boolean stream) {
    String body =
        "{\"model\":\"acme/alpha\",\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            .formatted(stream);
    return translations
        .caller(Surface.CHAT_COMPLETIONS)
        .glance(Surface.CHAT_COMPLETIONS, body.getBytes(StandardCharsets.UTF_8));
  }

  private Relay relay(Glance glance) {
    var facts = new AnswerFacts("gen-1-abc", 1_800_000_000, "acme/alpha", "Acme", glance.stream());
    return translation.relay(glance, target, facts);
  }

  @Benchmark
  public Ending streamOfFiftyEvents() {
    Relay relay = relay(streamed);
    relay.accept(events, 0, events.length, new ByteSink(16_384));
    return relay.end();
  }

  @Benchmark
  public Ending wholeAnswer() {
    Relay relay = relay(plain);
    relay.accept(whole, 0, whole.length, new ByteSink(1_024));
    return relay.end();
  }

  @Benchmark
  public Money charge() {
    return pricing.cost(Usage.of(1_234, 567), now).total().times(factor);
  }

  @Benchmark
  public String keyHash() {
    return KeySecret.hash(secret);
  }
}
