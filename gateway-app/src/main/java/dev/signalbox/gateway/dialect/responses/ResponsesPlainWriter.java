package dev.signalbox.gateway.dialect.responses;

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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer whole.
final class ResponsesPlainWriter implements AnswerWriter {
  private final ResponsesFrame frame;
  private final boolean thoughts;
  private final Collected answer = new Collected();

  ResponsesPlainWriter(ResponsesFrame frame, boolean thoughts) {
    this.frame = frame;
    this.thoughts = thoughts;
  }

  @Override
  public void write(Event event, ByteSink out) {
    answer.add(event);
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    out.write(Json.bytes(frame.ended(ending, receipt, output())));
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    out.write(Json.bytes(frame.failed(fault, receipt, output())));
  }

  private ArrayNode output() {
    var output = Json.array();
    boolean sealing = frame.wantsSeals();
    @Nullable Reasoning last = null;
    @Nullable ObjectNode text = null;
    for (Block block : answer.blocks()) {
      int index = output.size();
      switch (block) {
        case Block.Text(var words) -> {
          var content = Json.array();
          text = ResponsesFrame.text(words.toString(), Json.array(), Json.array());
          content.add(text);
          output.add(ResponsesFrame.message(frame.itemId("msg", index), "completed", content));
        }
        case Block.Thought thought -> {
          last =
              new Reasoning(frame.itemId("rs", index), thought.number(), thought.format(), sealing);
          last.add(thought.text());
          thought.signature().ifPresent(last::sign);
          output.add(last.item("completed", thoughts));
        }
        case Block.Sealed(var sealed) -> {
          if (last != null && last.number() == sealed.block()) {
            last.seal(sealed.data());
            output.set(output.size() - 1, last.item("completed", thoughts));
          } else {
            String id = sealed.id().orElse(frame.itemId("rs", index));
            last = new Reasoning(id, sealed.block(), sealed.format(), sealing);
            last.seal(sealed.data());
            output.add(last.item("completed", thoughts));
          }
        }
        case Block.Call call ->
            output.add(
                frame
                    .tools()
                    .call(
                        frame.itemId("fc", index),
                        call.id(),
                        call.name(),
                        call.arguments().isEmpty() ? "{}" : call.arguments().toString(),
                        "completed"));
        case Block.Picture(var url) ->
            output.add(ResponsesFrame.picture(frame.itemId("ig", index), url));
      }
      if (!(block instanceof Block.Thought) && !(block instanceof Block.Sealed)) {
        last = null;
      }
    }
    if (!answer.refusal().isEmpty()) {
      output.add(
          ResponsesFrame.message(
              frame.itemId("msg", output.size()),
              "completed",
              Json.array().add(ResponsesFrame.refusal(answer.refusal()))));
    }
    Optional.ofNullable(text).ifPresent(this::annotate);
    return output;
  }

  private void annotate(ObjectNode text) {
    var annotations = (ArrayNode) text.path("annotations");
    answer.annotations().forEach(note -> annotations.add(ResponsesFrame.annotation(note)));
    answer.logprobs().ifPresent(odds -> text.set("logprobs", ResponsesFrame.logprobs(odds)));
  }
}
