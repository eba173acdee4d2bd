package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// Carries a whole response: read to its end, then given out with what is ours in it.
final class ResponsesPlainRelay implements Relay {
  private static final int MAX_ANSWER_BYTES = 32 * 1024 * 1024;

  private final AnswerFacts facts;
  private final long promptTokens;
  private final ByteSink body = new ByteSink(4096);
  private @Nullable UpstreamResponse response;
  private @Nullable UpstreamFault fault;

  ResponsesPlainRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    if (body.length() + length > MAX_ANSWER_BYTES) {
      fault = UpstreamResponse.malformed("The provider's answer is too large");
      return true;
    }
    body.write(piece, offset, length);
    return false;
  }

  /// Nothing is shown before the whole answer is there.
  @Override
  public boolean started() {
    return false;
  }

  @Override
  public Ending end() {
    if (response == null && fault == null) {
      read(body.drain());
    }
    var read = Optional.ofNullable(response);
    Optional<Usage> usage = read.flatMap(UpstreamResponse::usage);
    Optional<String> reason = read.flatMap(UpstreamResponse::finishReason);
    return new Ending(
        fault == null && reason.isPresent(),
        usage.orElseGet(() -> Usage.of(promptTokens, 0)),
        usage.isPresent(),
        reason,
        read.map(UpstreamResponse::status),
        read.flatMap(response -> Json.string(response.tree(), "id")),
        read.flatMap(response -> Json.string(response.tree(), "service_tier")),
        Optional.ofNullable(fault));
  }

  private void read(byte[] bytes) {
    try {
      if (Json.parse(bytes) instanceof ObjectNode tree) {
        response = new UpstreamResponse(tree);
        fault = response.fault().orElse(null);
        if (fault == null && !tree.path("output").isArray()) {
          fault = UpstreamResponse.malformed("The provider's answer is empty");
        }
        return;
      }
    } catch (JacksonException _) {
      // Told below.
    }
    fault = UpstreamResponse.malformed("The provider's answer is not JSON");
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return Optional.ofNullable(response).map(UpstreamResponse::toolCalls);
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    UpstreamResponse read = response;
    if (read == null) {
      throw new IllegalStateException("close: called on an answer that was not read");
    }
    // Known before it is changed: the name in the record is the provider's.
    read.sign(facts);
    read.price(receipt);
    out.write(Json.bytes(read.tree()));
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    throw new IllegalStateException("breakOff: a whole answer never begins before it is complete");
  }
}
