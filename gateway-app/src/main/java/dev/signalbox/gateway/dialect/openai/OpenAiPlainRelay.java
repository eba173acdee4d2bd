package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.WholeRelay;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.embeddings.Vectors;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Carries a whole answer in OpenAI's format: read to its end, then given out with what is ours in
/// it.
final class OpenAiPlainRelay extends WholeRelay {
  private final AnswerFacts facts;
  private final Members request;
  private final long promptTokens;
  private final boolean embeddings;
  private final boolean text;
  private final Mending mending;

  private @Nullable Members members;
  private Optional<ObjectNode> partial = Optional.empty();
  private @Nullable Usage told;
  private String choices = "";
  private boolean thinks;
  private @Nullable String finishReason;
  private @Nullable String nativeFinishReason;

  OpenAiPlainRelay(Glance glance, AnswerFacts facts, boolean embeddings) {
    this.facts = facts;
    this.request = glance.members();
    this.promptTokens = glance.promptTokens();
    this.embeddings = embeddings;
    this.mending = Mending.of(glance);
    this.text = glance.surface() == Surface.COMPLETIONS;
  }

  @Override
  protected Ending ending(Optional<UpstreamFault> fault) {
    Members read = members;
    Usage usage = told;
    boolean reported = usage != null;
    return new Ending(
        fault.isEmpty(),
        usage != null ? usage : Usage.of(promptTokens, estimate()),
        reported,
        Optional.ofNullable(finishReason),
        Optional.ofNullable(nativeFinishReason),
        read == null ? Optional.empty() : read.text("id"),
        read == null ? Optional.empty() : read.text("service_tier"),
        fault);
  }

  @Override
  protected void unreadable(byte[] answer) {
    partial = embeddings ? Optional.empty() : PartialAnswer.of(answer, text);
  }

  @Override
  public boolean isPartial() {
    return partial.isPresent();
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    ObjectNode answer = partial.orElseThrow();
    answer.put("id", facts.generationId());
    answer.put("object", text ? "text_completion" : "chat.completion");
    answer.put("created", facts.created());
    answer.put("model", facts.model());
    answer.put("provider", facts.providerName());
    if (!answer.has("system_fingerprint")) {
      answer.putNull("system_fingerprint");
    }
    PartialAnswer.end(answer, fault);
    answer.set("usage", Json.parse(OpenAiUsage.json(receipt).getBytes(StandardCharsets.UTF_8)));
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> answer.set("openrouter_metadata", metadata));
    out.write(Json.bytes(answer));
  }

  @Override
  public Optional<Transcript> transcript() {
    var transcript = new Transcript();
    Members read = members;
    if (read == null || hasFailed()) {
      return Optional.empty();
    }
    if (read.has("usage")) {
      transcript.distrust();
    }
    if (!embeddings) {
      for (Span element : read.elements(read.span("choices"))) {
        Members choice = read.within(element);
        if (text) {
          Spoken.words(choice, "text", transcript);
        } else {
          Spoken.note(read.within(choice.span("message")), transcript);
        }
      }
    }
    return Optional.of(transcript);
  }

  private long estimate() {
    return embeddings ? 0 : Lengths.answerTokens(choices.length());
  }

  @Override
  protected void read(byte[] bytes) {
    Members read = Members.within(bytes, new Span(0, bytes.length));
    members = read;
    // What a failure cost is told in it, if anywhere.
    if (read.kind("usage") == '{') {
      told = OpenAiUsage.read(Members.within(bytes, read.span("usage")), !embeddings);
    }
    if (read.has("error")) {
      failed(Faults.of(200, Json.parse(bytes)));
      return;
    }
    String list = embeddings ? "data" : "choices";
    if (read.kind(list) != '[') {
      failed(UpstreamFault.malformed("The provider's answer has no " + list));
      return;
    }
    List<Span> elements = Members.elements(bytes, read.span(list));
    if (elements.isEmpty()) {
      failed(UpstreamFault.malformed("The provider's answer is empty"));
      return;
    }
    if (!embeddings) {
      choices(bytes, elements);
    }
    Usage usage = told;
    if (usage != null && thinks && usage.reasoning() == 0) {
      told = transcript().map(words -> words.withThoughts(usage)).orElse(usage);
    }
    if ("error".equals(finishReason)) {
      failed(PartialAnswer.fault(Json.parse(bytes)));
      unreadable(bytes);
    }
  }

  private void choices(byte[] bytes, List<Span> elements) {
    var json = new StringBuilder("[");
    int position = 0;
    for (Span element : elements) {
      Members choice = Members.within(bytes, element);
      if (choice.kind(text ? "text" : "message") == 0) {
        failed(UpstreamFault.malformed("The provider's answer is empty"));
        return;
      }
      if (json.length() > 1) {
        json.append(',');
      }
      json.append(choice(bytes, choice, position++));
    }
    choices = json.append(']').toString();
  }

  private String choice(byte[] bytes, Members choice, int position) {
    Optional<String> reason = choice.text("finish_reason").filter(word -> !word.isEmpty());
    String own = reason.map(word -> FinishReasons.normalized(word, hasCalled(choice))).orElse(null);
    String nativeReason = choice.text("native_finish_reason").or(() -> reason).orElse(null);
    if (finishReason == null) {
      finishReason = own;
      nativeFinishReason = nativeReason;
    }
    var json = new StringBuilder("{");
    if (!choice.has("index")) {
      json.append("\"index\":").append(position);
    }
    for (int i = 0; i < choice.count(); i++) {
      String name = choice.name(i);
      if (name.equals("finish_reason")
          || name.equals("native_finish_reason")
          || (name.equals("index") && !choice.has("index"))) {
        continue;
      }
      json.append(json.length() > 1 ? "," : "").append(JsonText.quote(name)).append(':');
      Span value = choice.span(i);
      json.append(name.equals("message") ? message(bytes, value) : string(bytes, value));
    }
    if (!choice.has("logprobs") && json.indexOf("\"logprobs\":") < 0) {
      json.append(",\"logprobs\":null");
    }
    return json.append(",\"finish_reason\":")
        .append(own == null ? "null" : JsonText.quote(own))
        .append(",\"native_finish_reason\":")
        .append(nativeReason == null ? "null" : JsonText.quote(nativeReason))
        .append('}')
        .toString();
  }

  private boolean hasCalled(Members choice) {
    if (text || choice.kind("message") != '{') {
      return false;
    }
    Members message = choice.within(choice.span("message"));
    return message.kind("tool_calls") == '['
        && !message.elements(message.span("tool_calls")).isEmpty();
  }

  private static String string(byte[] bytes, Span span) {
    return new String(bytes, span.from(), span.length(), StandardCharsets.UTF_8);
  }

  private String message(byte[] bytes, Span span) {
    Members message = Members.within(bytes, span);
    thinks |= Spoken.thinks(message);
    String mended = mending.mended(bytes, span, message, false);
    return mended == null ? string(bytes, span) : mended;
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    Members read = members;
    if (read == null) {
      throw new IllegalStateException("close: called on an answer that was not read");
    }
    var splice =
        JsonSplice.of(read)
            .set("id", JsonText.quote(facts.generationId()))
            .set("model", JsonText.quote(facts.model()))
            .set("provider", JsonText.quote(facts.providerName()))
            .set("usage", OpenAiUsage.json(receipt));
    if (embeddings) {
      splice.set("object", "\"list\"");
      Vectors.packed(request, read).ifPresent(data -> splice.set("data", data));
    } else {
      splice
          .set("object", text ? "\"text_completion\"" : "\"chat.completion\"")
          .set("created", Long.toString(facts.created()))
          .set("choices", choices)
          .set("service_tier", OpenAiUsage.tier(receipt));
      if (!read.has("system_fingerprint")) {
        splice.set("system_fingerprint", "null");
      }
    }
    receipt.routerMetadata().ifPresent(json -> splice.set("openrouter_metadata", json));
    splice.writeTo(out);
  }
}
