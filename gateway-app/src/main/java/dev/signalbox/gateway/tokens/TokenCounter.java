package dev.signalbox.gateway.tokens;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Counts tokens on a few threads of its own: a long text must not hold up an event loop. With too
/// many waiting already, or a text that cannot be counted, an estimate made from lengths stands.
public final class TokenCounter implements Disposable {
  private static final int THREADS = 2;
  private static final int MAX_WAITING = 1_000;
  private static final int IDLE_SECONDS = 60;

  private final Scheduler workers =
      Schedulers.newBoundedElastic(THREADS, MAX_WAITING, "token-counter", IDLE_SECONDS, true);

  /// Counts a request's tokens.
  public Mono<Long> prompt(Members body, Tokenizer tokenizer) {
    return Mono.fromCallable(() -> PromptTokens.of(body, tokenizer)).subscribeOn(workers);
  }

  /// Counts a request's tokens, with care: where it is not known how they are cut, they are rather
  /// too many than too few.
  public Mono<Long> promptAtMost(Members body, Tokenizer tokenizer) {
    return Mono.fromCallable(() -> PromptTokens.atMost(body, tokenizer)).subscribeOn(workers);
  }

  /// Counts what a request and its answer consumed.
  ///
  /// @param estimate from lengths
  public Mono<Usage> usage(
      Glance glance, Transcript transcript, Tokenizer tokenizer, Usage estimate) {
    return Mono.fromCallable(() -> count(glance, transcript, tokenizer))
        .subscribeOn(workers)
        .onErrorReturn(estimate);
  }

  private static Usage count(Glance glance, Transcript transcript, Tokenizer tokenizer) {
    long prompt = PromptTokens.of(glance.members(), tokenizer);
    boolean answers = glance.surface().kind() != Kind.EMBEDDING;
    long visible = answers ? tokens(transcript.visible(), tokenizer) : 0;
    long thoughts = answers ? tokens(transcript.thoughts(), tokenizer) : 0;
    return new Usage(prompt, 0, 0, 0, 0, visible, thoughts, 0, 0, 0, 0);
  }

  private static long tokens(Transcript.Words words, Tokenizer tokenizer) {
    if (words.bytes() == 0) {
      return 0;
    }
    if (words.keptBytes() == 0) {
      return Math.ceilDiv(words.bytes(), 4);
    }
    long kept = tokenizer.count(words.text());
    return Math.ceilDiv(kept * words.bytes(), words.keptBytes());
  }

  @Override
  public void dispose() {
    workers.dispose();
  }
}
