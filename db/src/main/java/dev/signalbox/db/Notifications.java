package dev.signalbox.db;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/// What the database announces on a channel, for as long as somebody listens.
public final class Notifications {
  private Notifications() {}

  /// Returns the announcements, and an empty text each time that listening begins: what was said
  /// before that may have been missed.
  ///
  /// @param factory connects outside of the pool: the connection stays
  public static Flux<String> on(ConnectionFactory factory, String channel) {
    return Flux.usingWhen(
            Mono.from(factory.create()).cast(PostgresqlConnection.class),
            connection ->
                connection
                    .createStatement("LISTEN " + channel)
                    .execute()
                    .flatMap(result -> result.getRowsUpdated())
                    .thenMany(
                        Flux.concat(
                            Mono.just(""),
                            connection
                                .getNotifications()
                                .mapNotNull(notification -> notification.getParameter()))),
            PostgresqlConnection::close)
        .concatWith(Mono.error(() -> new IllegalStateException("the listener's connection ended")))
        .retryWhen(
            Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(200))
                .maxBackoff(Duration.ofSeconds(2))
                .transientErrors(true));
  }
}
