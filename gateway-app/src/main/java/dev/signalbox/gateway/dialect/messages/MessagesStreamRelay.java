package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.EventRelay;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.anthropic.AnthropicFaults;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.chat.UsageWriter;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Carries a stream of Anthropic's events. Its first event is told whose answer this is, its
/// `message_delta` what it cost; all others go through byte for byte.
final class MessagesStreamRelay extends EventRelay {
  /*
   * A `message_delta` is kept back: the last one can be written only when the price is known, which
   * is when the generation has been recorded. `message_stop` is ours to write for the same reason.
   */

  private final AnswerFacts facts;
  private final long promptTokens;
  private final ReportedUsage usage = new ReportedUsage();

  private boolean ended;
  private @Nullable ObjectNode lastDelta;
  private @Nullable String upstreamId;
  private @Nullable String serviceTier;
  private @Nullable String stopReason;

  MessagesStreamRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  @Override
  protected boolean isOver() {
    return ended;
  }

  @Override
  protected void relay(String type, byte[] data, Members members) {
    switch (type) {
      case "message_start" -> begin((ObjectNode) Json.parse(data));
      case "message_delta" -> change((ObjectNode) Json.parse(data));
      case "message_stop" -> ended = true;
      case "error" -> failed(AnthropicFaults.inStream(Json.parse(data)));
      case "content_block_start" -> {
        // Blocks of words begin empty; any other is something to see.
        Members block = inside(data, members, "content_block");
        String kind = block == null ? "" : block.text("type").orElse("");
        if (!kind.equals("text") && !kind.equals("thinking")) {
          start();
        }
        if (block != null) {
          AnswerSigns.call(place(members), block, transcript);
        }
        Optional<String> full = block == null ? Optional.empty() : FullBlocks.of(block);
        pass(
            type,
            full.isEmpty()
                ? data
                : JsonSplice.of(members).set("content_block", full.get()).bytes());
      }
      case "content_block_delta" -> {
        note(place(members), inside(data, members, "delta"));
        pass(type, data);
      }
      case "ping" -> {
        // Before the answer begins, the gateway keeps the stream alive itself.
        if (started()) {
          pass(type, data);
        }
      }
      default -> pass(type, data);
    }
  }

  private static @Nullable Members inside(byte[] data, Members members, String name) {
    return members.kind(name) == '{' ? Members.within(data, members.span(name)) : null;
  }

  private static int place(Members members) {
    return members.number("index").map(Number::intValue).orElse(0);
  }

  private void note(int place, @Nullable Members delta) {
    if (delta != null) {
      start();
      AnswerSigns.words(place, delta, transcript);
    }
  }

  private void begin(ObjectNode event) {
    if (!(event.path("message") instanceof ObjectNode message)) {
      failed(UpstreamFault.malformed("The provider's answer is not a message"));
      return;
    }
    upstreamId = Json.string(message, "id").orElse(null);
    JsonNode counted = message.path("usage");
    if (counted instanceof ObjectNode object) {
      note(object);
      if (usage.isDistrusted()) {
        message.set("usage", ReportedUsage.completed(MessagesUsage.counts(counted())));
      } else {
        ReportedUsage.completed(object);
      }
    }
    // A turn that tools of the provider's own had interrupted goes on with what it holds.
    if (!message.path("content").isEmpty()) {
      start();
      transcript.visible(message.path("content").toString());
    }
    Json.string(message, "stop_reason").ifPresent(reason -> stopReason = reason);
    message.put("id", facts.generationId());
    message.put("model", facts.model());
    message.put("provider", facts.providerName());
    for (String name : new String[] {"container", "stop_details"}) {
      if (!message.has(name)) {
        message.putNull(name);
      }
    }
    pass("message_start", Json.bytes(event));
  }

  private void note(ObjectNode counted) {
    usage.add(counted);
    counted.remove(UsageWriter.OF_COST);
    if (usage.isDistrusted()) {
      transcript.distrust();
    }
    Json.string(counted, "service_tier")
        .ifPresent(tier -> serviceTier = tier.equals("standard") ? "default" : tier);
  }

  private void change(ObjectNode event) {
    if (lastDelta != null) {
      pass("message_delta", Json.bytes(lastDelta));
    }
    lastDelta = event;
    if (event.path("usage") instanceof ObjectNode counted) {
      note(counted);
    }
    Json.string(event.path("delta"), "stop_reason").ifPresent(reason -> stopReason = reason);
  }

  @Override
  protected Ending ending() {
    var raw = Optional.ofNullable(stopReason);
    return new Ending(
        stopReason != null && fault().isEmpty(),
        counted(),
        lastDelta != null && usage.isTold(),
        raw.map(AnswerSigns::finishReason),
        raw,
        Optional.ofNullable(upstreamId),
        Optional.ofNullable(serviceTier),
        fault());
  }

  /// An answer that was cut short has told what it was asked, but not yet what it said.
  private Usage counted() {
    if (!usage.isTold()) {
      return Usage.of(promptTokens, seenTokens());
    }
    return usage.total(lastDelta == null ? seenTokens() : 0);
  }

  @Override
  public Optional<Transcript> transcript() {
    // Of an answer that was cut short, what its provider told of the prompt stands.
    return usage.isTold() && lastDelta == null ? Optional.empty() : Optional.of(transcript);
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return transcript.toolCalls();
  }

  @Override
  protected void close(Receipt receipt) {
    ObjectNode last = lastDelta == null ? Json.object().put("type", "message_delta") : lastDelta;
    ObjectNode delta =
        last.path("delta") instanceof ObjectNode object ? object : last.putObject("delta");
    for (String name : new String[] {"container", "stop_details", "stop_reason", "stop_sequence"}) {
      if (!delta.has(name)) {
        delta.putNull(name);
      }
    }
    if (lastDelta == null && stopReason != null) {
      delta.put("stop_reason", stopReason);
    }
    last.set("usage", usage.with(receipt));
    pass("message_delta", Json.bytes(last));
    var stop = Json.object().put("type", "message_stop");
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> stop.set("openrouter_metadata", metadata));
    pass("message_stop", Json.bytes(stop));
  }

  @Override
  protected void breakOff(UpstreamFault fault, Receipt receipt) {
    pass("error", Json.bytes(new MessagesFrame(facts).error(fault)));
  }
}
