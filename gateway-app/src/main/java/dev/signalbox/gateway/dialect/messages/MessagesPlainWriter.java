package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.Collected;
import dev.signalbox.gateway.dialect.conversion.Collected.Block;
import dev.signalbox.gateway.wire.ByteSink;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer whole.
final class MessagesPlainWriter implements AnswerWriter {
  private final MessagesFrame frame;
  private final boolean thoughts;
  private final Collected answer = new Collected();

  MessagesPlainWriter(AnswerFacts facts, boolean thoughts) {
    this.frame = new MessagesFrame(facts);
    this.thoughts = thoughts;
  }

  @Override
  public void write(Event event, ByteSink out) {
    answer.add(event);
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    var message = message(receipt);
    boolean called = answer.blocks().stream().anyMatch(Block.Call.class::isInstance);
    message.put(
        "stop_reason",
        MessagesFrame.stopReason(
            ending.finishReason().orElse("stop"),
            ending.nativeFinishReason(),
            answer.stopSequence(),
            called));
    message.put("stop_sequence", answer.stopSequence().orElse(null));
    out.write(Json.bytes(message));
  }

  /// What was said before the answer broke stays; no reason to stop is given, for there was none.
  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    var message = message(receipt);
    message.set("error", frame.error(fault).path("error"));
    out.write(Json.bytes(message));
  }

  private ObjectNode message(Receipt receipt) {
    var message = frame.message();
    var content = (ArrayNode) message.path("content");
    for (Block block : answer.blocks()) {
      add(block, content);
    }
    if (!answer.refusal().isEmpty()) {
      content.add(MessagesFrame.text(answer.refusal()));
    }
    cite(content);
    message.set("usage", MessagesUsage.write(receipt));
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> message.set("openrouter_metadata", metadata));
    return message;
  }

  private void add(Block block, ArrayNode content) {
    switch (block) {
      case Block.Text(var words) -> content.add(MessagesFrame.text(words.toString()));
      case Block.Thought thought -> {
        String signature =
            thought
                .signature()
                .map(proof -> ForeignThought.write(thought.format(), Optional.empty(), proof))
                .orElse("");
        content.add(MessagesFrame.thinking(thoughts ? thought.text() : "", signature));
      }
      case Block.Sealed(var sealed) ->
          content.add(
              MessagesFrame.sealed(
                  ForeignThought.write(sealed.format(), sealed.id(), sealed.data())));
      case Block.Call call ->
          content.add(
              MessagesFrame.call(
                  call.id(), call.name(), Json.arguments(call.arguments().toString())));
      case Block.Picture(var url) -> content.add(MessagesFrame.text(MessagesFrame.picture(url)));
    }
  }

  private void cite(ArrayNode content) {
    var citations = Json.array();
    answer
        .annotations()
        .forEach(annotation -> MessagesFrame.citation(annotation).ifPresent(citations::add));
    for (int at = content.size() - 1; at >= 0 && !citations.isEmpty(); at--) {
      if (content.path(at) instanceof ObjectNode block && block.has("citations")) {
        block.set("citations", citations);
        return;
      }
    }
  }
}
