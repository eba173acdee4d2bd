package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.WholeRelay;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Carries a whole response: read to its end, then given out with what is ours in it.
final class ResponsesPlainRelay extends WholeRelay {

  private final AnswerFacts facts;
  private final long promptTokens;
  private @Nullable UpstreamResponse response;

  ResponsesPlainRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  @Override
  protected Ending ending(Optional<UpstreamFault> fault) {
    var read = Optional.ofNullable(response);
    Optional<Usage> usage = read.flatMap(UpstreamResponse::usage);
    Optional<String> reason = read.flatMap(UpstreamResponse::finishReason);
    return new Ending(
        fault.isEmpty() && reason.isPresent(),
        usage.orElseGet(() -> Usage.of(promptTokens, 0)),
        usage.isPresent(),
        reason,
        read.map(UpstreamResponse::status),
        read.flatMap(response -> Json.string(response.tree(), "id")),
        read.flatMap(response -> Json.string(response.tree(), "service_tier")),
        fault);
  }

  @Override
  protected void read(byte[] bytes) {
    if (!(Json.parse(bytes) instanceof ObjectNode tree)) {
      failed(UpstreamFault.malformed("The provider's answer is not an object"));
      return;
    }
    response = new UpstreamResponse(tree);
    response.fault().ifPresent(this::failed);
    if (!hasFailed() && !tree.path("output").isArray()) {
      failed(UpstreamFault.malformed("The provider's answer is empty"));
    }
  }

  @Override
  public Optional<Transcript> transcript() {
    return Optional.ofNullable(response).map(UpstreamResponse::words);
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
}
