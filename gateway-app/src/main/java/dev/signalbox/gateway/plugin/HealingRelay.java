package dev.signalbox.gateway.plugin;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Mends the JSON of a plain chat's answer before it goes out. An answer that ended at its limit is
/// left as it is: what is missing cannot be known.
public final class HealingRelay implements Relay {
  private final Relay inner;

  private HealingRelay(Relay inner) {
    this.inner = inner;
  }

  /// Returns a relay that heals where that was asked for, and else the relay itself.
  public static Relay around(Relay relay, Glance glance, PluginWishes wishes) {
    return wishes.healing()
            && !glance.stream()
            && glance.surface() == Surface.CHAT_COMPLETIONS
            && wantsJson(glance.members())
        ? new HealingRelay(relay)
        : relay;
  }

  private static boolean wantsJson(Members request) {
    if (request.kind("response_format") != '{') {
      return false;
    }
    String type = request.within(request.span("response_format")).text("type").orElse("");
    return type.equals("json_object") || type.equals("json_schema");
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    return inner.accept(piece, offset, length, out);
  }

  @Override
  public boolean started() {
    return inner.started();
  }

  @Override
  public Ending end() {
    return inner.end();
  }

  @Override
  public Optional<Transcript> transcript() {
    return inner.transcript();
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return inner.toolCalls();
  }

  @Override
  public boolean isPartial() {
    return inner.isPartial();
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    var whole = new ByteSink(4096);
    inner.close(receipt, whole);
    healed(whole.drain()).forEach(piece -> write(piece, out));
  }

  private static void write(ByteBuffer piece, ByteSink out) {
    out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
  }

  private static List<ByteBuffer> healed(byte[] body) {
    Members answer = Members.within(body, new Span(0, body.length));
    if (answer.kind("choices") != '[') {
      return List.of(ByteBuffer.wrap(body));
    }
    int mended = 0;
    var choices = new StringBuilder("[");
    for (Span element : Members.elements(body, answer.span("choices"))) {
      Optional<String> better = choice(Members.within(body, element));
      mended += better.isPresent() ? 1 : 0;
      choices.append(choices.length() > 1 ? "," : "");
      choices.append(
          better.orElseGet(
              () -> new String(body, element.from(), element.length(), StandardCharsets.UTF_8)));
    }
    var splice = JsonSplice.of(answer);
    if (mended > 0) {
      splice.set("choices", choices.append(']').toString());
    }
    if (answer.kind("openrouter_metadata") == '{') {
      Span metadata = answer.span("openrouter_metadata");
      splice.set(
          "openrouter_metadata",
          Pipeline.with(
              new String(body, metadata.from(), metadata.length(), StandardCharsets.UTF_8),
              Pipeline.stage(
                  "response_healing",
                  "response-healing",
                  mended == 0 ? "nothing to mend" : "mended=" + mended)));
    }
    return splice.pieces();
  }

  private static Optional<String> choice(Members choice) {
    if (choice.kind("message") != '{'
        || choice.text("finish_reason").equals(Optional.of("length"))) {
      return Optional.empty();
    }
    Members message = choice.within(choice.span("message"));
    return message
        .text("content")
        .flatMap(ResponseHealing::heal)
        .map(
            better ->
                text(
                    JsonSplice.of(choice)
                        .set(
                            "message",
                            text(
                                JsonSplice.of(message)
                                    .set("content", JsonText.quote(better))
                                    .pieces()))
                        .pieces()));
  }

  private static String text(List<ByteBuffer> pieces) {
    var sink = new ByteSink(256);
    pieces.forEach(piece -> write(piece, sink));
    return new String(sink.array(), 0, sink.length(), StandardCharsets.UTF_8);
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    inner.breakOff(fault, receipt, out);
  }
}
