package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/// One answer of a provider in the form that was recorded of it, and what a caller reads of it.
///
/// @param dialect of the provider
/// @param file `.sse`, `.json`; `.chunks` with a line for the data of each event; `.events` with a
///   line for each message of AWS's binary stream, or the whole stream in `.base64`
record Recorded(Dialect dialect, Path file) {
  private static final Path DIALECTS = Path.of("src/test/resources/dialects");
  private static final Path ROOT = DIALECTS.resolve("recorded");

  static Stream<Recorded> all() {
    return below(ROOT);
  }

  /// Returns what was recorded of real providers, by others.
  static Stream<Recorded> traffic() {
    return below(DIALECTS.resolve("traffic"));
  }

  private static Stream<Recorded> below(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(path -> path.toString().matches(".*\\.(sse|json|events|chunks|base64)"))
          .sorted()
          .map(Recorded::of)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Recorded of(Path file) {
    String folder = file.getParent().getFileName().toString();
    return new Recorded(Dialect.ofKey(folder).orElseThrow(), file);
  }

  static Recorded of(String name) {
    return of(ROOT.resolve(name));
  }

  boolean streams() {
    return !file.toString().endsWith(".json");
  }

  /// What the caller must read, in a file of its own.
  Path expected() {
    return Path.of(file + ".caller");
  }

  byte[] bytes() {
    String name = file.toString();
    try {
      return name.endsWith(".events")
          ? framed(Files.readAllLines(file))
          : name.endsWith(".chunks")
              ? chunked(Files.readAllLines(file))
              : name.endsWith(".base64")
                  ? Base64.getDecoder().decode(Files.readString(file).strip())
                  : Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Puts around each event's data what the provider puts around it.
  private byte[] chunked(List<String> lines) {
    if (dialect == Dialect.BEDROCK) {
      return framed(
          lines.stream().map(line -> line.replaceFirst("^\\{\"(\\w+)\":(.*)}$", "$1 $2")).toList());
    }
    var out = new StringBuilder();
    for (String line : lines) {
      switch (dialect) {
        case ANTHROPIC, COHERE, OPENAI_RESPONSES -> {
          String type = Json.tryParse(line).orElseThrow().path("type").stringValue();
          out.append("event: ").append(type).append("\ndata: ").append(line).append("\n\n");
        }
        case GEMINI -> out.append("data: ").append(line).append("\r\n\r\n");
        default -> out.append("data: ").append(line).append("\n\n");
      }
    }
    if (dialect == Dialect.OPENAI
        || dialect == Dialect.MISTRAL
        || dialect == Dialect.AZURE_OPENAI) {
      out.append("data: [DONE]\n\n");
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] framed(List<String> lines) {
    var out = new ByteArrayOutputStream();
    for (String line : lines) {
      int json = line.indexOf('{');
      String name = line.substring(0, json).strip();
      var headers = new LinkedHashMap<String, HeaderValue>();
      boolean exception = name.startsWith("exception ");
      headers.put(
          exception ? ":exception-type" : ":event-type",
          HeaderValue.fromString(exception ? name.substring(10) : name));
      headers.put(":content-type", HeaderValue.fromString("application/json"));
      headers.put(":message-type", HeaderValue.fromString(exception ? "exception" : "event"));
      new Message(headers, line.substring(json).getBytes(StandardCharsets.UTF_8)).encode(out);
    }
    return out.toByteArray();
  }

  /// Claude is not spoken to in Converse's words where its own will do.
  private Target target(Surface surface) {
    var endpoint = Endpoints.target(dialect).endpoint();
    String model =
        dialect != Dialect.BEDROCK
            ? "alpha-1"
            : surface == Surface.MESSAGES ? "us.amazon.nova-x" : "us.anthropic.claude-sonnet-4-6";
    return new Target(endpoint, model, dialect, Set.of());
  }

  private Relay relay(Surface surface) {
    byte[] request =
        ("{\"model\":\"m/n\",\"stream\":%b,\"max_tokens\":9000,\"%s\":"
                + "[{\"role\":\"user\",\"content\":\"hello\"}]}")
            .formatted(streams(), surface == Surface.RESPONSES ? "input" : "messages")
            .getBytes(StandardCharsets.UTF_8);
    var translations = new Translations();
    var glance = translations.caller(surface).glance(surface, request);
    var facts = new AnswerFacts("gen-1-a", 1, "acme/alpha", "Acme", streams());
    return translations.between(surface, dialect).relay(glance, target(surface), facts);
  }

  /// Returns what a caller of chat reads if the network cuts the answer at these places.
  String caller(int... cuts) {
    return caller(bytes(), cuts);
  }

  String caller(byte[] bytes, int... cuts) {
    return caller(Surface.CHAT_COMPLETIONS, bytes, cuts);
  }

  String caller(Surface surface, byte[] bytes, int... cuts) {
    var relay = relay(surface);
    var out = new ByteSink(256);
    int from = 0;
    boolean over = false;
    var ends = new ArrayList<Integer>();
    for (int cut : cuts) {
      ends.add(cut);
    }
    ends.add(bytes.length);
    for (int end : ends) {
      over = over || relay.accept(bytes, from, end - from, out);
      from = end;
    }
    var ending = relay.end();
    var cost = new Cost(Money.of("0.3"), Money.of("0.2"), Money.ZERO);
    var receipt =
        new Receipt(
            ending.usage(), Money.of("0.5"), cost, false, ending.serviceTier(), Optional.empty());
    if (ending.fault().isPresent() && !relay.started()) {
      return "declined: " + ending.fault().get() + "\n";
    }
    if (ending.fault().isPresent()) {
      relay.breakOff(ending.fault().get(), receipt, out);
    } else {
      relay.close(receipt, out);
    }
    // When it ended is the clock's, names that the provider did not give are chance's.
    return new String(out.drain(), StandardCharsets.UTF_8)
        .replaceAll("call_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "call_1")
        .replaceAll("\"completed_at\":\\d+", "\"completed_at\":2");
  }

  /// Callers read the same wherever the network cuts the answer in two, and cut between all bytes.
  ///
  /// @param others the step of the cuts where the surface is not the provider's own, nor chat
  void readsTheSameWhereverCut(int others) {
    readsTheSame(Surface.CHAT_COMPLETIONS, 1);
    readsTheSame(Surface.MESSAGES, dialect == Dialect.ANTHROPIC ? 1 : others);
    readsTheSame(Surface.RESPONSES, dialect == Dialect.OPENAI_RESPONSES ? 1 : others);
  }

  private void readsTheSame(Surface surface, int step) {
    byte[] bytes = bytes();
    String whole = caller(surface, bytes);
    for (int cut = 1; cut < bytes.length; cut += step) {
      assertThat(caller(surface, bytes, cut)).as("%s cut at %d", surface, cut).isEqualTo(whole);
    }
    int[] everywhere = new int[bytes.length - 1];
    Arrays.setAll(everywhere, i -> i + 1);
    assertThat(caller(surface, bytes, everywhere)).as("%s", surface).isEqualTo(whole);
  }

  @Override
  public String toString() {
    return dialect.key() + "/" + file.getFileName();
  }
}
