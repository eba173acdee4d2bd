package dev.signalbox.gateway.upstream.signing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The access tokens of one service account.
final class AccessTokens {
  /*
   * A token is used until a minute before its end. From five minutes before its end on, whoever asks
   * gets the old one and sets off the fetching of the next, so that nobody waits but for the very
   * first. There is one fetching at a time; all who must wait, wait for it.
   */
  private static final Duration RENEW_BEFORE = Duration.ofMinutes(5);
  private static final Duration UNUSABLE_BEFORE = Duration.ofMinutes(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  private static final JsonMapper JSON = new JsonMapper();

  private final String fileOrJson;
  private final HttpClient client;
  private final Clock clock;
  private volatile @Nullable Token token;
  private @Nullable Mono<Token> fetching;

  private record Token(String text, Instant expires) {}

  AccessTokens(String fileOrJson, HttpClient client, Clock clock) {
    this.fileOrJson = fileOrJson;
    this.client = client;
    this.clock = clock;
  }

  Mono<String> token() {
    Token known = token;
    Instant now = clock.instant();
    if (known == null || now.isAfter(known.expires().minus(UNUSABLE_BEFORE))) {
      return fetch().map(Token::text);
    }
    if (now.isAfter(known.expires().minus(RENEW_BEFORE))) {
      fetch().subscribe(_ -> {}, _ -> {});
    }
    return Mono.just(known.text());
  }

  private synchronized Mono<Token> fetch() {
    Mono<Token> running = fetching;
    if (running == null) {
      running =
          Mono.fromCallable(() -> ServiceAccount.read(fileOrJson))
              .subscribeOn(Schedulers.boundedElastic())
              .flatMap(this::ask)
              .timeout(TIMEOUT)
              .doOnNext(this::keep)
              .doOnError(_ -> keep(null))
              .cache();
      fetching = running;
    }
    return running;
  }

  /// Ends the fetching; whoever comes next begins another.
  private synchronized void keep(@Nullable Token fresh) {
    if (fresh != null) {
      token = fresh;
    }
    fetching = null;
  }

  private Mono<Token> ask(ServiceAccount account) {
    Instant now = clock.instant();
    return client
        .post()
        .uri(account.tokenUri())
        .sendForm(
            (_, form) -> form.attr("grant_type", GRANT).attr("assertion", account.assertion(now)))
        .responseSingle(
            (head, body) ->
                head.status().code() == 200
                    ? body.asByteArray()
                    : body.then(
                        Mono.error(
                            new IllegalStateException(
                                "The token endpoint answered " + head.status().code()))))
        .map(answer -> read(answer, now));
  }

  private static Token read(byte[] answer, Instant now) {
    if (answer.length > MAX_ANSWER_BYTES) {
      throw new IllegalStateException("The token endpoint's answer is too long");
    }
    JsonNode tree = JSON.readTree(answer);
    String text = tree.path("access_token").asString("");
    if (text.isEmpty()) {
      throw new IllegalStateException("The token endpoint gave no token");
    }
    return new Token(text, now.plusSeconds(tree.path("expires_in").asLong(3600)));
  }
}
