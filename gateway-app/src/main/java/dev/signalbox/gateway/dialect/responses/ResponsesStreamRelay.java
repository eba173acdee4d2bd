package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.problem.ErrorWords;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.gateway.wire.SseFrames;
import dev.signalbox.gateway.wire.SseText;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// Carries a stream of Responses' events. Those that hold the response itself are told whose it is,
/// the last of them what it cost; all others go through byte for byte.
final class ResponsesStreamRelay implements Relay {
  private static final byte[] DONE = ascii("data: [DONE]\n\n");
  private static final int BYTES_PER_TOKEN = 4;

  private final AnswerFacts facts;
  private final long promptTokens;
  private final SseFrames frames = new SseFrames(this::event);
  private final Transcript transcript = new Transcript();

  private ByteSink out = new ByteSink(0);
  private boolean started;
  private int nextSequence;
  private @Nullable ObjectNode last;
  private @Nullable String upstreamId;
  private @Nullable UpstreamFault fault;

  ResponsesStreamRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    this.out = out;
    try {
      frames.accept(piece, offset, length);
    } catch (SseFrames.OverlongException overlong) {
      fault = UpstreamResponse.malformed("The provider sent " + overlong.getMessage());
    }
    return last != null || fault != null;
  }

  private void event(byte[] bytes, int length) {
    if (last != null || fault != null || (length == 6 && bytes[0] == '[')) {
      return;
    }
    byte[] data = Arrays.copyOf(bytes, length);
    try {
      relay(data, Members.within(data, new Span(0, length)));
    } catch (MalformedJsonException | JacksonException _) {
      fault = UpstreamResponse.malformed("The provider sent an event that is not JSON");
    }
  }

  private void relay(byte[] sent, Members members) {
    String type = members.text("type").orElse("");
    byte[] data = numbered(sent, members);
    switch (type) {
      case "response.created", "response.in_progress", "response.queued" -> {
        var event = (ObjectNode) Json.parse(data);
        if (event.path("response") instanceof ObjectNode tree) {
          upstreamId = Json.string(tree, "id").orElse(upstreamId);
          new UpstreamResponse(tree).sign(facts);
        }
        pass(type, Json.bytes(event));
      }
      case "response.completed", "response.incomplete" -> {
        var event = (ObjectNode) Json.parse(data);
        if (event.path("response") instanceof ObjectNode tree) {
          upstreamId = Json.string(tree, "id").orElse(upstreamId);
          last = event;
        } else {
          fault = UpstreamResponse.malformed("The provider's last event has no response");
        }
      }
      case "response.failed" -> {
        var event = Json.parse(data);
        fault =
            event.path("response") instanceof ObjectNode tree
                ? new UpstreamResponse(tree)
                    .fault()
                    .orElseGet(() -> UpstreamResponse.malformed("The provider's answer failed"))
                : UpstreamResponse.malformed("The provider's answer failed");
      }
      case "error" -> fault = Faults.of(200, Json.parse(data));
      default -> {
        if (type.endsWith(".delta")) {
          started = true;
          note(type, members);
        }
        pass(type, data);
      }
    }
  }

  /// Some providers do not number their events, as their callers expect.
  private byte[] numbered(byte[] sent, Members members) {
    Optional<BigDecimal> number = members.number("sequence_number");
    if (number.isPresent()) {
      nextSequence = number.get().intValue() + 1;
      return sent;
    }
    var data = new ByteSink(sent.length + 32);
    JsonSplice.of(members)
        .set("sequence_number", Integer.toString(nextSequence++))
        .pieces()
        .forEach(
            piece ->
                data.write(
                    piece.array(), piece.arrayOffset() + piece.position(), piece.remaining()));
    return data.drain();
  }

  private void note(String type, Members members) {
    if (members.kind("delta") == '"') {
      Span words = members.span("delta");
      if (type.startsWith("response.reasoning")) {
        transcript.thoughts(members.bytes(), words.from() + 1, words.length() - 2);
      } else {
        transcript.visible(members.bytes(), words.from() + 1, words.length() - 2);
      }
    }
  }

  private void pass(String type, byte[] data) {
    SseText.event(type, data, out);
  }

  @Override
  public boolean started() {
    return started;
  }

  @Override
  public Ending end() {
    if (last == null && fault == null) {
      frames.end();
    }
    Optional<UpstreamResponse> response =
        last != null && last.path("response") instanceof ObjectNode tree
            ? Optional.of(new UpstreamResponse(tree))
            : Optional.empty();
    Optional<Usage> usage = response.flatMap(UpstreamResponse::usage);
    long seen = transcript.visible().bytes() + transcript.thoughts().bytes();
    return new Ending(
        response.isPresent() && fault == null,
        usage.orElseGet(() -> Usage.of(promptTokens, Math.ceilDiv(seen, BYTES_PER_TOKEN))),
        usage.isPresent(),
        response.flatMap(UpstreamResponse::finishReason),
        response.map(UpstreamResponse::status),
        Optional.ofNullable(upstreamId),
        response.flatMap(read -> Json.string(read.tree(), "service_tier")),
        Optional.ofNullable(fault));
  }

  @Override
  public Optional<Transcript> transcript() {
    return Optional.of(transcript);
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return last != null && last.path("response") instanceof ObjectNode tree
        ? Optional.of(new UpstreamResponse(tree).toolCalls())
        : Optional.empty();
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    this.out = out;
    ObjectNode event = last;
    if (event == null || !(event.path("response") instanceof ObjectNode tree)) {
      throw new IllegalStateException("close: called on an answer without an end");
    }
    var response = new UpstreamResponse(tree);
    response.sign(facts);
    response.price(receipt);
    pass(event.path("type").asString(""), Json.bytes(event));
    out.write(DONE);
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    this.out = out;
    var event = Json.object().put("type", "response.failed").put("sequence_number", nextSequence);
    var response =
        event
            .putObject("response")
            .put("id", facts.generationId())
            .put("object", "response")
            .put("created_at", facts.created())
            .put("status", "failed")
            .put("model", facts.model())
            .put("provider", facts.providerName());
    response
        .putObject("error")
        .put("code", ErrorWords.responses(fault.errorType()))
        .put("message", fault.message());
    response.put("error_type", fault.errorType());
    response.putArray("output");
    response.set("usage", ResponsesFrame.usage(receipt));
    pass("response.failed", Json.bytes(event));
    out.write(DONE);
  }
}
