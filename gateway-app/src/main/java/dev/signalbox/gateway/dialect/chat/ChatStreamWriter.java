package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.wire.ByteSink;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer as chunks.
final class ChatStreamWriter implements AnswerWriter {
  private static final byte[] TEXT_END =
      "},\"finish_reason\":null,\"native_finish_reason\":null}]}\n\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ChatFrame frame;
  private final boolean thoughts;
  private final byte[] textStart;

  ChatStreamWriter(ChatFrame frame, boolean thoughts) {
    this.frame = frame;
    this.thoughts = thoughts;
    String head = Json.text(frame.open(true));
    String opening = head.substring(0, head.length() - 1);
    textStart =
        ("data: " + opening + ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",")
            .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void write(Event event, ByteSink out) {
    switch (event) {
      case Event.TextMore(var text) -> text(text, out);
      case Event.RefusalMore(var text) -> delta(Json.object().put("refusal", text), out);
      case Event.ThoughtMore(var block, var text, var format) -> {
        if (thoughts) {
          var detail = ChatThoughts.text(block, format, text);
          delta(thought(detail).put("reasoning", text), out);
        }
      }
      case Event.ThoughtSigned(var block, var signature, var format) -> {
        if (thoughts) {
          delta(thought(ChatThoughts.signature(block, format, signature)), out);
        }
      }
      case Event.ThoughtSealed(var block, var data, var id, var format) -> {
        if (thoughts) {
          delta(thought(ChatThoughts.sealed(block, data, id, format)), out);
        }
      }
      case Event.CallBegun(var call, var id, var name) -> {
        var begun = Json.object().put("index", call).put("id", id).put("type", "function");
        begun.putObject("function").put("name", name).put("arguments", "");
        delta(call(begun), out);
      }
      case Event.CallMore(var call, var arguments) -> {
        var more = Json.object().put("index", call);
        more.putObject("function").put("arguments", arguments);
        delta(call(more), out);
      }
      case Event.Pictured(var url) -> {
        var delta = Json.object();
        var image = delta.putArray("images").addObject().put("type", "image_url");
        image.putObject("image_url").put("url", url);
        delta(delta, out);
      }
      case Event.AudioMore(var audio) -> delta(Json.object().set("audio", audio), out);
      case Event.Annotated(var annotation) -> {
        var delta = Json.object();
        delta.putArray("annotations").add(annotation);
        delta(delta, out);
      }
      case Event.Likelihoods(var logprobs) -> likelihoods(logprobs, out);
      case Event.Named _, Event.Stopped _, Event.Counted _, Event.Tiered _, Event.Failed _ -> {}
    }
  }

  private static ObjectNode thought(ObjectNode detail) {
    var delta = Json.object();
    delta.putArray("reasoning_details").add(detail);
    return delta;
  }

  private static ObjectNode call(ObjectNode call) {
    var delta = Json.object().putNull("content");
    delta.putArray("tool_calls").add(call);
    return delta;
  }

  private void text(String text, ByteSink out) {
    if (text.isEmpty()) {
      return;
    }
    if (frame.legacy()) {
      send(withChoice(Json.object().put("text", text), null, null), out);
      return;
    }
    out.write(textStart);
    out.write("\"content\":");
    out.write(Json.quoted(text));
    out.write(TEXT_END);
  }

  private void delta(ObjectNode delta, ByteSink out) {
    if (!frame.legacy()) {
      String members = Json.text(delta);
      out.write(textStart);
      if (!delta.has("content")) {
        out.write("\"content\":\"\",");
      }
      out.write(members.substring(1, members.length() - 1));
      out.write(TEXT_END);
    }
  }

  private void likelihoods(JsonNode logprobs, ByteSink out) {
    if (!frame.legacy()) {
      var chunk = withChoice(emptyDelta(), null, null);
      ((ObjectNode) chunk.path("choices").path(0)).set("logprobs", logprobs);
      send(chunk, out);
    }
  }

  private ObjectNode emptyDelta() {
    var choice = Json.object();
    if (frame.legacy()) {
      return choice.put("text", "");
    }
    choice.putObject("delta").put("role", "assistant").put("content", "");
    return choice;
  }

  private ObjectNode withChoice(ObjectNode content, @Nullable String reason, @Nullable String raw) {
    var chunk = frame.open(true);
    var choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.setAll(content);
    choice.put("finish_reason", reason).put("native_finish_reason", raw);
    return chunk;
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    String reason = ending.finishReason().orElse("stop");
    String raw = ending.nativeFinishReason().orElse(reason);
    send(withChoice(emptyDelta(), reason, raw), out);
    var last = withChoice(emptyDelta(), reason, raw);
    last.put("service_tier", receipt.serviceTier().orElse(null));
    last.set("usage", UsageWriter.write(receipt));
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> last.set("openrouter_metadata", metadata));
    send(last, out);
    out.write("data: [DONE]\n\n");
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    var chunk = withChoice(emptyDelta(), "error", ending.nativeFinishReason().orElse("error"));
    chunk.set("error", ChatFrame.error(fault));
    chunk.set("usage", UsageWriter.write(receipt));
    send(chunk, out);
  }

  private static void send(ObjectNode chunk, ByteSink out) {
    out.write("data: ");
    out.write(Json.bytes(chunk));
    out.write("\n\n");
  }
}
