package dev.signalbox.bench.pure;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.wire.ByteSink;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to say a request, and to read an answer, in each pair of formats. The first pair
/// of a surface is its own format, in which both pass through.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class TranslationBenchmark {
  static final int KILOBYTES = 16;
  static final int EVENTS = 200;

  @Param({
    "CHAT_COMPLETIONS>OPENAI",
    "CHAT_COMPLETIONS>ANTHROPIC",
    "CHAT_COMPLETIONS>GEMINI",
    "CHAT_COMPLETIONS>COHERE",
    "CHAT_COMPLETIONS>BEDROCK",
    "CHAT_COMPLETIONS>OPENAI_RESPONSES",
    "MESSAGES>ANTHROPIC",
    "MESSAGES>OPENAI",
    "MESSAGES>GEMINI",
    "MESSAGES>COHERE",
    "MESSAGES>BEDROCK",
    "MESSAGES>OPENAI_RESPONSES",
    "RESPONSES>OPENAI_RESPONSES",
    "RESPONSES>OPENAI",
    "RESPONSES>ANTHROPIC",
    "RESPONSES>GEMINI",
    "RESPONSES>COHERE",
    "RESPONSES>BEDROCK"
  })
  String pair = "";

  private final ByteSink out = new ByteSink(64 * 1024);
  private Surface surface = Surface.CHAT_COMPLETIONS;
  private Translations translations = new Translations();
  private Translation translation = translations.between(surface, Dialect.OPENAI);
  private Target target = TalkSamples.target(Dialect.OPENAI);
  private AnswerFacts facts = new AnswerFacts("", 0, "", "", true);
  private byte[] request = new byte[0];
  private byte[] events = new byte[0];
  private Glance glance =
      translations.caller(surface).glance(surface, TalkSamples.request(surface, 1));

  @Setup
  public void prepare() {
    String[] names = pair.split(">");
    surface = Surface.valueOf(names[0]);
    Dialect dialect = Dialect.valueOf(names[1]);
    translation = translations.between(surface, dialect);
    target = TalkSamples.target(dialect);
    request = TalkSamples.request(surface, KILOBYTES * 1024);
    events = TalkSamples.events(dialect, EVENTS);
    glance = translations.caller(surface).glance(surface, request);
    facts = new AnswerFacts("gen-1767225600-aaaaaaaaaaaaaaaaaaaa", 1, "acme/alpha", "Acme", true);
    if (!answer().end().complete()) {
      throw new IllegalStateException(pair + ": the sample is not read to its end");
    }
  }

  /// A conversation of 16 KB, read and said; per KB.
  @Benchmark
  @OperationsPerInvocation(KILOBYTES)
  public UpstreamRequest request() {
    return translation.request(translations.caller(surface).glance(surface, request), target);
  }

  /// A stream of 200 words, in pieces as a network cuts it; per event.
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public int events() {
    answer();
    return out.length();
  }

  private Relay answer() {
    Relay relay = translation.relay(glance, target, facts);
    out.clear();
    int piece = 1_460;
    for (int from = 0; from < events.length; from += piece) {
      relay.accept(events, from, Math.min(piece, events.length - from), out);
    }
    return relay;
  }
}
