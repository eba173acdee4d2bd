package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.CallInFlight;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.SseText;
import dev.signalbox.pricing.Usage;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer as named events.
final class MessagesStreamWriter implements AnswerWriter {
  /*
   * Blocks follow one another here, while a provider may mix the arguments of several calls. The
   * first call whose arguments are not whole yet is the open block; what comes for later calls waits
   * for it.
   */
  private enum Open {
    NOTHING,
    TEXT,
    THOUGHT,
    CALL
  }

  private final MessagesFrame frame;
  private final boolean thoughts;
  private final ArrayDeque<CallInFlight> calls = new ArrayDeque<>();
  private boolean begun;
  private boolean called;
  private Open open = Open.NOTHING;
  private int thought;
  private int index = -1;
  private Usage counted = Usage.of(0, 0);
  private Optional<String> stopSequence = Optional.empty();

  MessagesStreamWriter(AnswerFacts facts, boolean thoughts) {
    this.frame = new MessagesFrame(facts);
    this.thoughts = thoughts;
  }

  @Override
  public void write(Event event, ByteSink out) {
    switch (event) {
      case Event.TextMore(var words) -> text(words, out);
      case Event.RefusalMore(var words) -> text(words, out);
      case Event.Pictured(var url) -> text(MessagesFrame.picture(url), out);
      case Event.ThoughtMore(var block, var words, _) -> {
        openThought(block, out);
        if (thoughts) {
          delta(Json.object().put("type", "thinking_delta").put("thinking", words), out);
        }
      }
      case Event.ThoughtSigned(var block, var signature, var format) -> {
        openThought(block, out);
        String proof = ForeignThought.write(format, Optional.empty(), signature);
        delta(Json.object().put("type", "signature_delta").put("signature", proof), out);
      }
      case Event.ThoughtSealed(_, var data, var id, var format) -> {
        finishCalls(out);
        begin(MessagesFrame.sealed(ForeignThought.write(format, id, data)), Open.THOUGHT, out);
        end(out);
      }
      case Event.CallBegun(var number, var id, var name) -> {
        called = true;
        calls.add(new CallInFlight(number, id, name));
        pump(out);
      }
      case Event.CallMore(var number, var arguments) -> {
        for (CallInFlight call : calls) {
          if (call.number() == number) {
            call.add(arguments);
          }
        }
        pump(out);
      }
      case Event.Annotated(var annotation) -> {
        if (open == Open.TEXT) {
          MessagesFrame.citation(annotation)
              .ifPresent(
                  citation -> {
                    var delta = Json.object().put("type", "citations_delta");
                    delta.set("citation", citation);
                    delta(delta, out);
                  });
        }
      }
      case Event.Stopped(_, _, var sequence) -> stopSequence = sequence;
      case Event.Counted(var usage) -> counted = usage;
      case Event.Named _,
          Event.AudioMore _,
          Event.Likelihoods _,
          Event.Tiered _,
          Event.Failed _ -> {}
    }
  }

  private void text(String words, ByteSink out) {
    if (words.isEmpty()) {
      return;
    }
    finishCalls(out);
    if (open != Open.TEXT) {
      begin(MessagesFrame.text(""), Open.TEXT, out);
    }
    delta(Json.object().put("type", "text_delta").put("text", words), out);
  }

  private void openThought(int block, ByteSink out) {
    finishCalls(out);
    if (open != Open.THOUGHT || thought != block) {
      begin(MessagesFrame.thinking("", ""), Open.THOUGHT, out);
      thought = block;
    }
  }

  private void pump(ByteSink out) {
    @Nullable CallInFlight first = calls.peek();
    while (first != null) {
      write(first, out);
      if (!first.isWhole()) {
        return;
      }
      calls.remove();
      end(out);
      first = calls.peek();
    }
  }

  private void write(CallInFlight call, ByteSink out) {
    if (open != Open.CALL) {
      begin(MessagesFrame.call(call.id(), call.name(), Json.object()), Open.CALL, out);
    }
    String more = call.drain();
    if (!more.isEmpty()) {
      delta(Json.object().put("type", "input_json_delta").put("partial_json", more), out);
    }
  }

  private void finishCalls(ByteSink out) {
    for (CallInFlight call : calls) {
      write(call, out);
      end(out);
    }
    calls.clear();
  }

  private void start(ByteSink out) {
    if (!begun) {
      begun = true;
      var message = frame.message();
      message.set("usage", MessagesUsage.counts(counted).putNull("service_tier"));
      var event = Json.object().put("type", "message_start");
      event.set("message", message);
      send("message_start", event, out);
    }
  }

  private void begin(ObjectNode block, Open kind, ByteSink out) {
    start(out);
    end(out);
    open = kind;
    index++;
    var event = Json.object().put("type", "content_block_start").put("index", index);
    event.set("content_block", block);
    send("content_block_start", event, out);
  }

  private void delta(ObjectNode delta, ByteSink out) {
    var event = Json.object().put("type", "content_block_delta").put("index", index);
    event.set("delta", delta);
    send("content_block_delta", event, out);
  }

  private void end(ByteSink out) {
    if (open != Open.NOTHING) {
      open = Open.NOTHING;
      send(
          "content_block_stop",
          Json.object().put("type", "content_block_stop").put("index", index),
          out);
    }
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    start(out);
    finishCalls(out);
    end(out);
    var event = Json.object().put("type", "message_delta");
    var delta = event.putObject("delta");
    delta.putNull("container");
    delta.putNull("stop_details");
    delta.put(
        "stop_reason",
        MessagesFrame.stopReason(
            ending.finishReason().orElse("stop"),
            ending.nativeFinishReason(),
            stopSequence,
            called));
    delta.put("stop_sequence", stopSequence.orElse(null));
    event.set("usage", MessagesUsage.write(receipt));
    send("message_delta", event, out);
    var stop = Json.object().put("type", "message_stop");
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> stop.set("openrouter_metadata", metadata));
    send("message_stop", stop, out);
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    send("error", frame.error(fault), out);
  }

  private static void send(String name, ObjectNode event, ByteSink out) {
    SseText.event(name, Json.bytes(event), out);
  }
}
