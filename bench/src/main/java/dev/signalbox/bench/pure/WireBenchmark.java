package dev.signalbox.bench.pure;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.openai.OpenAiCaller;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.SseFrames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
import org.openjdk.jmh.infra.Blackhole;

/// A request's bytes: the glance at it, the splice, and cutting an answer into events.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class WireBenchmark {
  private static final String EVENT =
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"up\","
          + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" some words\"},"
          + "\"finish_reason\":null}]}\n\n";

  @Param({"1000", "100000"})
  int bytes;

  private final OpenAiCaller caller = new OpenAiCaller();
  private byte[] request = new byte[0];
  private byte[] events = new byte[0];

  @Setup
  public void prepare() {
    String text = "Signals tell a train \\\"where\\\" it may go.\\n".repeat(bytes / 40);
    request =
        ("{\"model\":\"acme/alpha\",\"stream\":true,\"temperature\":0.7,\"messages\":[{\"role\":"
                + "\"user\",\"content\":\"%s\"}]}")
            .formatted(text)
            .getBytes(StandardCharsets.UTF_8);
    events = EVENT.repeat(50).getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public Glance glance() {
    return caller.glance(Surface.CHAT_COMPLETIONS, request);
  }

  @Benchmark
  public List<ByteBuffer> glanceAndSplice() {
    Glance glance = caller.glance(Surface.CHAT_COMPLETIONS, request);
    return JsonSplice.of(glance.members())
        .set("model", "\"alpha-up\"")
        .set("stream_options", "{\"include_usage\":true}")
        .pieces();
  }

  @Benchmark
  public void fiftyEvents(Blackhole hole) {
    var frames = new SseFrames((event, length) -> hole.consume(length));
    frames.accept(events, 0, events.length);
    frames.end();
  }
}
