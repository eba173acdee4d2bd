package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/// A gateway is killed while providers work for it: each of their calls is in the ledger.
class InterruptedTest {
  @TempDir Path directory;

  private final DatabaseAddress database = PostgresFixture.migrated();
  private final LedgerAtRest ledger = new LedgerAtRest(database);

  @Test
  void whatWasUnderWayIsRecordedFreeWhenTheGatewayIsBack() throws Exception {
    try (var provider = FakeProvider.start()) {
      Path catalog = directory.resolve("catalog.yaml");
      Files.writeString(
          catalog,
          """
          providers:
            - {slug: acme, name: Acme, dialect: openai, base_url: "%s"}
          models:
            - id: acme/alpha
              endpoints:
                - {provider: acme, pricing: {prompt: "0.000001", completion: "0.000002"}}
          """
              .formatted(provider.url()));
      try (var gateway =
          new GatewayProcess(directory, 0, PostgresFixture.url(database), catalog).start()) {
        String key = gateway.newKey("{\"name\":\"key\",\"limit\":1}");
        assertThat(Told.by(gateway.base(), key, true, "").isWhole()).isTrue();
        provider.usually(
            (body, response) ->
                body.contains("\"stream\":true")
                    ? FakeProvider.streamsForEver().answer(body, response)
                    : Mono.delay(Duration.ofMinutes(10)).then());
        HttpClient callers = HttpClient.newHttpClient();
        var words = new AtomicIntegerArray(10);
        for (int i = 0; i < 10; i++) {
          int caller = i;
          callers.sendAsync(
              Told.request(gateway.base(), key, i % 2 == 0, ""),
              BodyHandlers.ofByteArrayConsumer(
                  bytes -> words.addAndGet(caller, linesIn(bytes.orElse(new byte[0])) / 2)));
        }
        Eventually.holds("ten calls", () -> provider.requests().size() == 11);
        Eventually.holds(
            "forty words of each stream",
            () -> IntStream.iterate(0, i -> i < 10, i -> i + 2).allMatch(i -> words.get(i) >= 40));
        gateway.kill();
        gateway.start();
        assertThat(gateway.metric("signalbox_ledger_interrupted_total")).isEqualTo(10);
        Eventually.holds("eleven records", () -> ledger.charged().size() == 11);
        String interrupted =
            " FROM usage_record WHERE native_finish_reason = 'gateway_stopped' AND estimated"
                + " AND waived AND finish_reason = 'error'";
        assertThat(ledger.query("SELECT count(*)" + interrupted)).isEqualTo("10");
        assertThat(ledger.sum("SELECT sum(charged)" + interrupted)).isZero();
        assertThat(
                ledger.sum("SELECT min(upstream_prompt_cost)" + interrupted + " AND NOT streamed"))
            .isPositive();
        assertThat(ledger.sum("SELECT min(visible_tokens)" + interrupted + " AND streamed"))
            .isGreaterThan(new BigDecimal("20"));
        assertThat(ledger.query("SELECT attempts -> 0 ->> 'outcome'" + interrupted + " LIMIT 1"))
            .isEqualTo("interrupted");
        ledger.addsUp();

        // Killed again, they are not recorded again; and what was held for them is free.
        gateway.kill();
        gateway.start();
        assertThat(gateway.metric("signalbox_ledger_interrupted_total")).isZero();
        provider.usually(FakeProvider.answers("Hi there"));
        assertThat(Told.by(gateway.base(), key, false, "").isWhole()).isTrue();
        assertThat(ledger.query("SELECT count(*)" + interrupted)).isEqualTo("10");
      }
    }
  }

  private static int linesIn(byte[] bytes) {
    int lines = 0;
    for (byte one : bytes) {
      lines += one == '\n' ? 1 : 0;
    }
    return lines;
  }
}
