package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.EventRelay;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.problem.ErrorWords;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Carries a stream of Responses' events. Those that hold the response itself are told whose it is,
/// the last of them what it cost; all others go through byte for byte.
final class ResponsesStreamRelay extends EventRelay {

  private final AnswerFacts facts;
  private final long promptTokens;

  private final FullEvents events = new FullEvents();
  private @Nullable ObjectNode last;
  private @Nullable String upstreamId;

  ResponsesStreamRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  @Override
  protected boolean isOver() {
    return last != null;
  }

  @Override
  protected void relay(String type, byte[] sent, Members members) {
    byte[] data = events.of(type, sent, members);
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
          failed(UpstreamFault.malformed("The provider's last event has no response"));
        }
      }
      case "response.failed" -> {
        var event = Json.parse(data);
        Optional<UpstreamFault> told =
            event.path("response") instanceof ObjectNode tree
                ? new UpstreamResponse(tree).fault()
                : Optional.empty();
        failed(told.orElseGet(() -> UpstreamFault.malformed("The provider's answer failed")));
      }
      case "error" -> failed(Faults.of(200, Json.parse(data)));
      default -> {
        if (type.endsWith(".delta")) {
          start();
          note(type, members);
        }
        pass(type, data);
      }
    }
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

  @Override
  protected Ending ending() {
    Optional<UpstreamResponse> response =
        last != null && last.path("response") instanceof ObjectNode tree
            ? Optional.of(new UpstreamResponse(tree))
            : Optional.empty();
    Optional<Usage> usage = response.flatMap(UpstreamResponse::usage);
    return new Ending(
        response.isPresent() && fault().isEmpty(),
        usage.orElseGet(() -> Usage.of(promptTokens, seenTokens())),
        usage.isPresent(),
        response.flatMap(UpstreamResponse::finishReason),
        response.map(UpstreamResponse::status),
        Optional.ofNullable(upstreamId),
        response.flatMap(read -> Json.string(read.tree(), "service_tier")),
        fault());
  }

  @Override
  public Optional<Transcript> transcript() {
    if (last != null
        && last.path("response") instanceof ObjectNode tree
        && new UpstreamResponse(tree).isDistrusted()) {
      transcript.distrust();
    }
    return Optional.of(transcript);
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return last != null && last.path("response") instanceof ObjectNode tree
        ? Optional.of(new UpstreamResponse(tree).toolCalls())
        : Optional.empty();
  }

  @Override
  protected void close(Receipt receipt) {
    ObjectNode event = last;
    if (event == null || !(event.path("response") instanceof ObjectNode tree)) {
      throw new IllegalStateException("close: called on an answer without an end");
    }
    var response = new UpstreamResponse(tree);
    response.sign(facts);
    response.price(receipt);
    pass(event.path("type").asString(""), Json.bytes(event));
    done();
  }

  @Override
  protected void breakOff(UpstreamFault fault, Receipt receipt) {
    var event =
        Json.object().put("type", "response.failed").put("sequence_number", events.nextSequence());
    var response = event.putObject("response").put("object", "response");
    response.put("created_at", facts.created()).put("status", "failed");
    response
        .putObject("error")
        .put("code", ErrorWords.responses(fault.errorType()))
        .put("message", fault.message());
    response.put("error_type", fault.errorType());
    response.putArray("output");
    var failed = new UpstreamResponse(response);
    failed.sign(facts);
    failed.price(receipt);
    pass("response.failed", Json.bytes(event));
    done();
  }
}
