package dev.signalbox.gateway.dialect.chat;

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
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer whole.
final class ChatPlainWriter implements AnswerWriter {
  private final ChatFrame frame;
  private final boolean thoughts;
  private final Collected answer = new Collected();

  ChatPlainWriter(ChatFrame frame, boolean thoughts) {
    this.frame = frame;
    this.thoughts = thoughts;
  }

  @Override
  public void write(Event event, ByteSink out) {
    answer.add(event);
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    String reason = ending.finishReason().orElse("stop");
    finish(reason, ending, Optional.empty(), receipt, out);
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    finish("error", ending, Optional.of(fault), receipt, out);
  }

  private void finish(
      String reason, Ending ending, Optional<UpstreamFault> fault, Receipt receipt, ByteSink out) {
    var tree = frame.open(false);
    tree.putNull("system_fingerprint");
    tree.put("service_tier", receipt.serviceTier().orElse(null));
    var choice = tree.putArray("choices").addObject().put("index", 0);
    choice.set("logprobs", answer.logprobs().orElse(null));
    choice.put("finish_reason", reason);
    choice.put("native_finish_reason", ending.nativeFinishReason().orElse(reason));
    if (frame.legacy()) {
      choice.put("text", answer.text()).putNull("reasoning");
    } else {
      choice.set("message", message());
    }
    fault.ifPresent(broken -> choice.set("error", ChatFrame.error(broken)));
    tree.set("usage", UsageWriter.write(receipt));
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> tree.set("openrouter_metadata", metadata));
    out.write(Json.bytes(tree));
  }

  private ObjectNode message() {
    var message = Json.object().put("role", "assistant");
    String text = answer.text();
    var calls = Json.array();
    var details = Json.array();
    var images = Json.array();
    var reasoning = new StringBuilder();
    for (Block block : answer.blocks()) {
      switch (block) {
        case Block.Text _ -> {}
        case Block.Thought thought -> {
          reasoning.append(thought.text());
          var detail = ChatThoughts.text(thought.number(), thought.format(), thought.text());
          thought.signature().ifPresent(signature -> detail.put("signature", signature));
          details.add(detail);
        }
        case Block.Sealed(var sealed) ->
            details.add(
                ChatThoughts.sealed(sealed.block(), sealed.data(), sealed.id(), sealed.format()));
        case Block.Call call -> {
          var tree = calls.addObject().put("index", call.number());
          tree.put("id", call.id()).put("type", "function");
          tree.putObject("function")
              .put("name", call.name())
              .put("arguments", call.arguments().isEmpty() ? "{}" : call.arguments().toString());
        }
        case Block.Picture(var url) ->
            images.addObject().put("type", "image_url").putObject("image_url").put("url", url);
      }
    }
    message.put("content", text.isEmpty() && !calls.isEmpty() ? null : text);
    message.put("refusal", answer.refusal().isEmpty() ? null : answer.refusal());
    message.put("reasoning", thoughts && !reasoning.isEmpty() ? reasoning.toString() : null);
    if (thoughts && !details.isEmpty()) {
      message.set("reasoning_details", details);
    }
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
    if (!images.isEmpty()) {
      message.set("images", images);
    }
    if (!answer.annotations().isEmpty()) {
      message.set("annotations", Json.array().addAll(answer.annotations()));
    }
    answer.audio().ifPresent(audio -> message.set("audio", audio));
    return message;
  }
}
