package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.Unstreamed;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.gateway.wire.SseFrames;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Carries a stream of chunks in OpenAI's format. What is the gateway's in each chunk is spliced
/// in; the rest goes through byte for byte.
final class OpenAiStreamRelay implements Relay {
  /*
   * A chunk goes out as `{` + our head + the provider's members that are not ours + `}`. The head (id,
   * object, created, model, provider) is the same for the whole answer. The provider's usage is kept
   * back for the last chunk, which only `close` gives out.
   */
  private static final byte[] DATA = ascii("data: ");
  private static final byte[] END_OF_EVENT = ascii("\n\n");
  private static final byte[] DONE = ascii("data: [DONE]\n\n");

  private final boolean text;
  private final byte[] head;
  private final SseFrames frames = new SseFrames(this::event);
  private final Unstreamed unstreamed = new Unstreamed();
  private final long promptTokens;
  private final Mending mending;

  private ByteSink out = new ByteSink(0);
  private boolean started;
  private boolean ended;

  /// Nothing more comes: what is left may be half an event.
  private boolean closed;

  private final Transcript transcript = new Transcript();
  private @Nullable Usage usage;
  private @Nullable String finishReason;
  private @Nullable String nativeFinishReason;
  private @Nullable String upstreamId;
  private @Nullable String serviceTier;
  private @Nullable UpstreamFault fault;

  OpenAiStreamRelay(Glance glance, AnswerFacts facts) {
    text = glance.surface() == Surface.COMPLETIONS;
    promptTokens = glance.promptTokens();
    mending = Mending.of(glance);
    head =
        ("{\"id\":%s,\"object\":\"%s\",\"created\":%d,\"model\":%s,\"provider\":%s")
            .formatted(
                JsonText.quote(facts.generationId()),
                text ? "text_completion" : "chat.completion.chunk",
                facts.created(),
                JsonText.quote(facts.model()),
                JsonText.quote(facts.providerName()))
            .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    this.out = out;
    if (unstreamed.takes(piece, offset, length)) {
      if (unstreamed.isTooLong()) {
        broken("The provider's answer is too long");
      }
      return fault != null;
    }
    try {
      frames.accept(piece, offset, length);
    } catch (SseFrames.OverlongException overlong) {
      broken("The provider sent " + overlong.getMessage());
    }
    return ended || fault != null;
  }

  private void broken(String message) {
    fault = new UpstreamFault(502, "provider_unavailable", message, Optional.empty());
  }

  private void event(byte[] bytes, int length) {
    if (ended || fault != null) {
      return;
    }
    if (length == 6 && bytes[0] == '[' && bytes[1] == 'D') {
      ended = true;
      complete();
      return;
    }
    byte[] chunk = Arrays.copyOf(bytes, length);
    int before = out.length();
    try {
      relay(chunk, Members.within(chunk, new Span(0, length)));
    } catch (MalformedJsonException | JacksonException _) {
      out.truncate(before);
      if (!closed) {
        broken("The provider sent a chunk that is not JSON");
      }
    }
  }

  /// Some never say why they ended, but that they did.
  private void complete() {
    if (finishReason == null && started && fault == null) {
      finishReason = FinishReasons.normalized("stop", hasCalled());
    }
  }

  private boolean hasCalled() {
    return transcript.toolCalls().isPresent();
  }

  private void relay(byte[] chunk, Members members) {
    count(chunk, members);
    if (members.has("error")) {
      fault = Faults.of(200, Json.parse(chunk));
      return;
    }
    if (upstreamId == null) {
      upstreamId = members.text("id").filter(id -> !id.isEmpty()).orElse(null);
    }
    members.text("service_tier").ifPresent(tier -> serviceTier = tier);
    choices(chunk, members);
  }

  private void count(byte[] chunk, Members members) {
    Members holder = members.kind("usage") == '{' ? members : groq(chunk, members);
    if (holder.kind("usage") == '{') {
      Members counts = Members.within(chunk, holder.span("usage"));
      Usage reported = OpenAiUsage.read(counts, true);
      if (reported != null) {
        usage = reported;
      } else if (counts.count() > 0) {
        transcript.distrust();
      }
    } else if (members.has("usage")) {
      transcript.distrust();
    }
  }

  private void choices(byte[] chunk, Members members) {
    Span choices = members.value("choices");
    if (choices == null || chunk[choices.from()] != '[') {
      return;
    }
    var elements = Members.elements(chunk, choices);
    if (elements.isEmpty()) {
      return;
    }
    int before = out.length();
    out.write(DATA);
    out.write(head);
    others(chunk, members);
    out.write(",\"choices\":[");
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      choice(chunk, elements.get(i), i);
    }
    if ("error".equals(finishReason)) {
      out.truncate(before);
      fault = PartialAnswer.fault(Json.parse(chunk));
      return;
    }
    out.write("]}");
    out.write(END_OF_EVENT);
  }

  /// Groq once had the usage in a corner of its own.
  private static Members groq(byte[] chunk, Members members) {
    return members.kind("x_groq") == '{' ? Members.within(chunk, members.span("x_groq")) : members;
  }

  private void others(byte[] chunk, Members members) {
    for (int i = 0; i < members.count(); i++) {
      switch (members.name(i)) {
        case "id", "object", "created", "model", "provider", "choices", "usage" -> {}
        case "system_fingerprint" -> {
          if (members.has("system_fingerprint")) {
            member(chunk, members, i);
          }
        }
        default -> member(chunk, members, i);
      }
    }
  }

  private void member(byte[] chunk, Members members, int index) {
    Span value = members.span(index);
    out.write(',');
    out.write('"');
    out.write(members.name(index));
    out.write("\":");
    out.write(chunk, value.from(), value.length());
  }

  private void choice(byte[] chunk, Span span, int position) {
    Members choice = Members.within(chunk, span);
    out.write("{\"index\":");
    if (choice.has("index")) {
      Span index = choice.span("index");
      out.write(chunk, index.from(), index.length());
    } else {
      out.write(Integer.toString(position));
    }
    if (!text) {
      delta(chunk, choice);
    } else {
      started |= Spoken.words(choice, "text", transcript);
    }
    for (int i = 0; i < choice.count(); i++) {
      switch (choice.name(i)) {
        case "index", "delta", "finish_reason", "native_finish_reason" -> {}
        case "message" -> {
          if (!unstreamed.isThere()) {
            member(chunk, choice, i);
          }
        }
        default -> member(chunk, choice, i);
      }
    }
    Optional<String> reason = choice.text("finish_reason").filter(word -> !word.isEmpty());
    if (reason.isPresent()) {
      nativeFinishReason = choice.text("native_finish_reason").orElse(reason.get());
      finishReason = FinishReasons.normalized(reason.get(), hasCalled());
      out.write(
          ",\"finish_reason\":%s,\"native_finish_reason\":%s}"
              .formatted(JsonText.quote(finishReason), JsonText.quote(nativeFinishReason)));
    } else {
      out.write(",\"finish_reason\":null,\"native_finish_reason\":null}");
    }
  }

  private void delta(byte[] chunk, Members choice) {
    out.write(",\"delta\":");
    String said = unstreamed.isThere() ? "message" : "delta";
    if (choice.kind(said) != '{') {
      out.write("{\"role\":\"assistant\",\"content\":\"\"}");
      return;
    }
    Span span = choice.span(said);
    Members delta = Members.within(chunk, span);
    started |= Spoken.note(delta, transcript);
    String mended = mending.mended(chunk, span, delta, true);
    if (mended != null) {
      out.write(mended);
    } else if (delta.has("role")) {
      out.write(chunk, span.from(), span.length());
    } else {
      out.write("{\"role\":\"assistant\"");
      for (int i = 0; i < delta.count(); i++) {
        if (!delta.name(i).equals("role")) {
          member(chunk, delta, i);
        }
      }
      out.write('}');
    }
  }

  @Override
  public boolean started() {
    return started;
  }

  @Override
  public Ending end() {
    if (!ended && !closed && fault == null) {
      closed = true;
      rest();
    }
    boolean reported = usage != null;
    Usage counted =
        usage != null
            ? transcript.withThoughts(usage)
            : new Usage(
                promptTokens,
                0,
                0,
                0,
                0,
                Lengths.answerTokens(transcript.visible().bytes()),
                Lengths.answerTokens(transcript.thoughts().bytes()),
                0,
                0,
                0,
                0);
    return new Ending(
        finishReason != null && fault == null,
        counted,
        reported,
        Optional.ofNullable(finishReason),
        Optional.ofNullable(nativeFinishReason),
        Optional.ofNullable(upstreamId),
        Optional.ofNullable(serviceTier),
        Optional.ofNullable(fault));
  }

  private void rest() {
    if (!unstreamed.isThere()) {
      frames.end();
      return;
    }
    byte[] answer = unstreamed.whole();
    int shown = out.length();
    event(answer, answer.length);
    if (out.length() > shown) {
      complete();
    }
  }

  @Override
  public boolean cutShort() {
    ended = true;
    finishReason = "length";
    nativeFinishReason = "token_limit_exceeded";
    return true;
  }

  @Override
  public Optional<Transcript> transcript() {
    return Optional.of(transcript);
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    out.write(DATA);
    out.write(head);
    out.write(",\"service_tier\":" + OpenAiUsage.tier(receipt));
    String content = text ? "\"text\":\"\"" : "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}";
    out.write(
        ",\"choices\":[{\"index\":0,%s,\"finish_reason\":%s,\"native_finish_reason\":%s}]"
            .formatted(content, quoted(finishReason), quoted(nativeFinishReason)));
    out.write(",\"usage\":" + OpenAiUsage.json(receipt));
    receipt.routerMetadata().ifPresent(json -> out.write(",\"openrouter_metadata\":" + json));
    out.write('}');
    out.write(END_OF_EVENT);
    out.write(DONE);
  }

  private static String quoted(@Nullable String word) {
    return word == null ? "null" : JsonText.quote(word);
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    String content = text ? "\"text\":\"\"" : "\"delta\":{\"content\":\"\"}";
    out.write(DATA);
    out.write(head);
    out.write(
        (",\"error\":{\"code\":%d,\"message\":%s,\"metadata\":{\"error_type\":%s}},"
                + "\"choices\":[{\"index\":0,%s,\"finish_reason\":\"error\","
                + "\"native_finish_reason\":null}],\"usage\":%s")
            .formatted(
                fault.status(),
                JsonText.quote(fault.message()),
                JsonText.quote(fault.errorType()),
                content,
                OpenAiUsage.json(receipt)));
    receipt.routerMetadata().ifPresent(json -> out.write(",\"openrouter_metadata\":" + json));
    out.write('}');
    out.write(END_OF_EVENT);
  }
}
