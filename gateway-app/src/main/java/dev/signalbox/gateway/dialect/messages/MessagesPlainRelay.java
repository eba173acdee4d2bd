package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.WholeRelay;
import dev.signalbox.gateway.dialect.anthropic.AnthropicFaults;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.pricing.Usage;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Carries a whole message: read to its end, then given out with what is ours in it.
final class MessagesPlainRelay extends WholeRelay {
  private final AnswerFacts facts;
  private final long promptTokens;
  private final ReportedUsage usage = new ReportedUsage();
  private @Nullable Members members;

  MessagesPlainRelay(AnswerFacts facts, long promptTokens) {
    this.facts = facts;
    this.promptTokens = promptTokens;
  }

  @Override
  protected Ending ending(Optional<UpstreamFault> fault) {
    var read = Optional.ofNullable(members);
    Optional<String> raw = read.flatMap(message -> message.text("stop_reason"));
    return new Ending(
        fault.isEmpty(),
        usage.isTold() ? usage.total(0) : Usage.of(promptTokens, estimate()),
        usage.isTold(),
        raw.map(AnswerSigns::finishReason),
        raw,
        read.flatMap(message -> message.text("id")),
        tier(),
        fault);
  }

  private Optional<String> tier() {
    Members read = members;
    return read == null || read.kind("usage") != '{'
        ? Optional.empty()
        : read.within(read.span("usage"))
            .text("service_tier")
            .map(tier -> tier.equals("standard") ? "default" : tier);
  }

  private long estimate() {
    Members read = members;
    return read == null || !read.has("content")
        ? 0
        : Lengths.answerTokens(read.span("content").length());
  }

  @Override
  protected void read(byte[] bytes) {
    Members read = Members.within(bytes, new Span(0, bytes.length));
    if (read.text("type").filter("error"::equals).isPresent() || read.has("error")) {
      failed(AnthropicFaults.inStream(Json.parse(bytes)));
      return;
    }
    if (read.kind("content") != '[') {
      failed(UpstreamFault.malformed("The provider's answer is empty"));
      return;
    }
    members = read;
    if (read.kind("usage") == '{') {
      Span span = read.span("usage");
      usage.add(Json.parse(Arrays.copyOfRange(bytes, span.from(), span.to())));
    }
  }

  @Override
  public Optional<Transcript> transcript() {
    Optional<Transcript> words = words();
    if (usage.isDistrusted()) {
      words.ifPresent(Transcript::distrust);
    }
    return words;
  }

  @Override
  public Optional<ToolCalls> toolCalls() {
    return words().flatMap(Transcript::toolCalls);
  }

  private Optional<Transcript> words() {
    Members read = members;
    if (read == null) {
      return Optional.empty();
    }
    var transcript = new Transcript();
    int place = 0;
    for (Span block : read.elements(read.span("content"))) {
      if (read.bytes()[block.from()] == '{') {
        AnswerSigns.words(place++, read.within(block), transcript);
      }
    }
    return Optional.of(transcript);
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
            .set("usage", Json.text(usage.with(receipt)));
    for (String name : new String[] {"container", "stop_details", "stop_sequence"}) {
      if (!read.has(name)) {
        splice.set(name, "null");
      }
    }
    FullBlocks.of(read.bytes(), read.span("content"))
        .ifPresent(blocks -> splice.set("content", blocks));
    receipt.routerMetadata().ifPresent(json -> splice.set("openrouter_metadata", json));
    splice.writeTo(out);
  }
}
