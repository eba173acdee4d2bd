package dev.signalbox.billing.account;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Finds keys by their secret.
public interface ApiKeys {
  /// Returns the key if it is known here already: no I/O, for the hot path. Neither disabled nor
  /// expired keys are sorted out: see [#refusal].
  @Nullable ApiKey known(String secret);

  /// Returns the key, from the database if need be; empty if there is none.
  ///
  /// An unreachable database is an error, never an empty answer.
  Mono<ApiKey> find(String secret);

  /// Returns why a key may not be used now, if so.
  Optional<String> refusal(ApiKey key);
}
