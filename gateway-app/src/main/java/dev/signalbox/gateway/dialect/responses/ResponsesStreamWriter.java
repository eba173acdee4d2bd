package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.CallInFlight;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.SseText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes an answer as Responses' events: each item is added, filled and done.
final class ResponsesStreamWriter implements AnswerWriter {
  /*
   * At most one item of words or thoughts is open. Calls have items of their own, which may be open
   * beside one another: every event names its item. A call is done when its arguments are whole.
   */
  private static final String DONE = "data: [DONE]\n\n";

  private final ResponsesFrame frame;
  private final boolean thoughts;
  private final List<ObjectNode> output = new ArrayList<>();
  private final Map<Integer, OpenCall> calls = new LinkedHashMap<>();
  private @Nullable OpenMessage message;
  private @Nullable OpenThought thought;
  private boolean begun;
  private int sequence;

  /// A call and where its item stands.
  private record OpenCall(CallInFlight call, int index, String id, StringBuilder arguments) {}

  /// A thought and where its item stands.
  private record OpenThought(Reasoning reasoning, int index, boolean[] shown) {}

  /// Words and where their item stands.
  private static final class OpenMessage {
    final int index;
    final String id;
    final boolean refuses;
    final StringBuilder words = new StringBuilder();
    final ArrayNode annotations = Json.array();
    final ArrayNode logprobs = Json.array();

    OpenMessage(int index, String id, boolean refuses) {
      this.index = index;
      this.id = id;
      this.refuses = refuses;
    }

    ObjectNode part() {
      return refuses
          ? ResponsesFrame.refusal(words.toString())
          : ResponsesFrame.text(words.toString(), annotations, logprobs);
    }
  }

  ResponsesStreamWriter(ResponsesFrame frame, boolean thoughts) {
    this.frame = frame;
    this.thoughts = thoughts;
  }

  @Override
  public void write(Event event, ByteSink out) {
    switch (event) {
      case Event.TextMore(var words) -> words(words, false, out);
      case Event.RefusalMore(var words) -> words(words, true, out);
      case Event.ThoughtMore(var block, var words, var format) -> think(block, words, format, out);
      case Event.ThoughtSigned(var block, var signature, var format) ->
          open(block, format, Optional.empty(), out).reasoning().sign(signature);
      case Event.ThoughtSealed(var block, var data, var id, var format) ->
          open(block, format, id, out).reasoning().seal(data);
      case Event.CallBegun(var number, var id, var name) -> begin(number, id, name, out);
      case Event.CallMore(var number, var arguments) -> more(number, arguments, out);
      case Event.Pictured(var url) -> {
        closeWords(out);
        int index = reserve();
        var item = ResponsesFrame.picture(frame.itemId("ig", index), url);
        added(index, item, out);
        done(index, item, out);
      }
      case Event.Annotated(var note) -> annotate(note, out);
      case Event.Likelihoods(var odds) -> {
        if (message != null) {
          message.logprobs.addAll(ResponsesFrame.logprobs(odds));
        }
      }
      case Event.Named _,
          Event.AudioMore _,
          Event.Stopped _,
          Event.Counted _,
          Event.Tiered _,
          Event.Failed _ -> {}
    }
  }

  private void words(String words, boolean refuses, ByteSink out) {
    if (words.isEmpty()) {
      return;
    }
    closeThought(out);
    if (message != null && message.refuses != refuses) {
      closeMessage(out);
    }
    if (message == null) {
      int index = reserve();
      message = new OpenMessage(index, frame.itemId("msg", index), refuses);
      added(index, ResponsesFrame.message(message.id, "in_progress", Json.array()), out);
      var event = inside("response.content_part.added", message.id, index).put("content_index", 0);
      event.set("part", message.part());
      send(event, out);
    }
    message.words.append(words);
    String type = refuses ? "response.refusal.delta" : "response.output_text.delta";
    var event = inside(type, message.id, message.index).put("content_index", 0).put("delta", words);
    if (!refuses) {
      event.putArray("logprobs");
    }
    send(event, out);
  }

  private void annotate(JsonNode note, ByteSink out) {
    OpenMessage open = message;
    if (open == null || open.refuses) {
      return;
    }
    var event =
        inside("response.output_text.annotation.added", open.id, open.index)
            .put("content_index", 0)
            .put("annotation_index", open.annotations.size());
    event.set("annotation", ResponsesFrame.annotation(note));
    open.annotations.add(ResponsesFrame.annotation(note));
    send(event, out);
  }

  private OpenThought open(int block, String format, Optional<String> id, ByteSink out) {
    closeMessage(out);
    if (thought != null && thought.reasoning().number() != block) {
      closeThought(out);
    }
    if (thought == null) {
      int index = reserve();
      var reasoning =
          new Reasoning(id.orElse(frame.itemId("rs", index)), block, format, frame.wantsSeals());
      thought = new OpenThought(reasoning, index, new boolean[1]);
      added(index, reasoning.item("in_progress", thoughts), out);
    }
    return thought;
  }

  private void think(int block, String words, String format, ByteSink out) {
    OpenThought open = open(block, format, Optional.empty(), out);
    Reasoning reasoning = open.reasoning();
    if (!thoughts || words.isEmpty()) {
      return;
    }
    if (!open.shown()[0]) {
      open.shown()[0] = true;
      send(part(open, "added", reasoning.piece("")), out);
    }
    reasoning.add(words);
    send(piece(open, "delta").put("delta", words), out);
  }

  private ObjectNode part(OpenThought open, String what, ObjectNode piece) {
    boolean summary = open.reasoning().isSummary();
    String type = summary ? "response.reasoning_summary_part." : "response.content_part.";
    var event =
        inside(type + what, open.reasoning().id(), open.index())
            .put(summary ? "summary_index" : "content_index", 0);
    event.set("part", piece);
    return event;
  }

  private ObjectNode piece(OpenThought open, String what) {
    boolean summary = open.reasoning().isSummary();
    String type = summary ? "response.reasoning_summary_text." : "response.reasoning_text.";
    return inside(type + what, open.reasoning().id(), open.index())
        .put(summary ? "summary_index" : "content_index", 0);
  }

  private void begin(int number, String callId, String name, ByteSink out) {
    closeWords(out);
    int index = reserve();
    String id = frame.itemId("fc", index);
    calls.put(
        number,
        new OpenCall(new CallInFlight(number, callId, name), index, id, new StringBuilder()));
    added(index, frame.tools().call(id, callId, name, "", "in_progress"), out);
  }

  private void more(int number, String arguments, ByteSink out) {
    OpenCall open = calls.get(number);
    if (open == null || arguments.isEmpty()) {
      return;
    }
    open.call().add(arguments);
    open.arguments().append(arguments);
    // Free text is known once the arguments that it came in are whole.
    if (!frame.tools().isFree(open.call().name())) {
      send(
          inside("response.function_call_arguments.delta", open.id(), open.index())
              .put("delta", arguments),
          out);
    }
    if (open.call().isWhole()) {
      calls.remove(number);
      finish(open, out);
    }
  }

  private void finish(OpenCall open, ByteSink out) {
    String arguments = open.arguments().isEmpty() ? "{}" : open.arguments().toString();
    if (frame.tools().isFree(open.call().name())) {
      String input = FlatTools.freeText(arguments);
      String type = "response.custom_tool_call_input.";
      send(inside(type + "delta", open.id(), open.index()).put("delta", input), out);
      send(inside(type + "done", open.id(), open.index()).put("input", input), out);
    } else {
      send(
          inside("response.function_call_arguments.done", open.id(), open.index())
              .put("name", frame.tools().name(open.call().name()))
              .put("arguments", arguments),
          out);
    }
    done(
        open.index(),
        frame.tools().call(open.id(), open.call().id(), open.call().name(), arguments, "completed"),
        out);
  }

  private void closeWords(ByteSink out) {
    closeThought(out);
    closeMessage(out);
  }

  private void closeThought(ByteSink out) {
    OpenThought open = thought;
    if (open == null) {
      return;
    }
    thought = null;
    if (open.shown()[0]) {
      String text = open.reasoning().text();
      send(piece(open, "done").put("text", text), out);
      send(part(open, "done", open.reasoning().piece(text)), out);
    }
    done(open.index(), open.reasoning().item("completed", thoughts), out);
  }

  private void closeMessage(ByteSink out) {
    OpenMessage open = message;
    if (open == null) {
      return;
    }
    message = null;
    var said =
        inside(
                open.refuses ? "response.refusal.done" : "response.output_text.done",
                open.id,
                open.index)
            .put("content_index", 0)
            .put(open.refuses ? "refusal" : "text", open.words.toString());
    if (!open.refuses) {
      said.set("logprobs", open.logprobs);
    }
    send(said, out);
    var event = inside("response.content_part.done", open.id, open.index).put("content_index", 0);
    event.set("part", open.part());
    send(event, out);
    done(
        open.index,
        ResponsesFrame.message(open.id, "completed", Json.array().add(open.part())),
        out);
  }

  private void finishAll(ByteSink out) {
    closeWords(out);
    calls.values().forEach(open -> finish(open, out));
    calls.clear();
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    begin(out);
    finishAll(out);
    var response = frame.ended(ending, receipt, items());
    String status = ResponsesFrame.status(ending.finishReason().orElse("stop"));
    last("response." + status, response, out);
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    begin(out);
    finishAll(out);
    last("response.failed", frame.failed(fault, receipt, items()), out);
  }

  private void last(String type, ObjectNode response, ByteSink out) {
    var event = Json.object().put("type", type);
    event.set("response", response);
    send(event, out);
    out.write(DONE);
  }

  private ArrayNode items() {
    return Json.array().addAll(output);
  }

  /// Takes the next place in the output.
  private int reserve() {
    output.add(Json.object());
    return output.size() - 1;
  }

  private void added(int index, ObjectNode item, ByteSink out) {
    begin(out);
    item(index, "response.output_item.added", item, out);
  }

  private void done(int index, ObjectNode item, ByteSink out) {
    output.set(index, item);
    item(index, "response.output_item.done", item, out);
  }

  private void item(int index, String type, ObjectNode item, ByteSink out) {
    var event = Json.object().put("type", type).put("output_index", index);
    event.set("item", item);
    send(event, out);
  }

  private void begin(ByteSink out) {
    if (begun) {
      return;
    }
    begun = true;
    for (String type : List.of("response.created", "response.in_progress")) {
      var event = Json.object().put("type", type);
      event.set("response", frame.response("in_progress"));
      send(event, out);
    }
  }

  private static ObjectNode inside(String type, String itemId, int index) {
    return Json.object().put("type", type).put("item_id", itemId).put("output_index", index);
  }

  private void send(ObjectNode event, ByteSink out) {
    event.put("sequence_number", sequence++);
    SseText.event(event.path("type").asString(""), Json.bytes(event), out);
  }
}
