package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.math.BigDecimal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/// Answers that take longer than a gateway that stops can wait.
class CutOffTest {
  @TempDir Path directory;

  private static CompletableFuture<HttpResponse<String>> asked(
      TestGateway gateway, boolean stream) {
    return gateway
        .http()
        .sendAsync(
            gateway
                .request("/api/v1/chat/completions", gateway.key())
                .POST(
                    BodyPublishers.ofString(
                        "{\"model\":\"acme/alpha\",\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
                            .formatted(stream)))
                .build(),
            BodyHandlers.ofString());
  }

  @Test
  void whatIsCutOffIsFreeAndItsCallerIsTold() throws Exception {
    try (var provider = FakeProvider.start()) {
      var gateway =
          new TestGateway(
              directory,
              """
              providers:
                - {slug: acme, name: Acme, dialect: openai, base_url: "%s", supports_abort: true}
              models:
                - id: acme/alpha
                  endpoints: [{provider: acme, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              """
                  .formatted(provider.url()));
      HttpResponse<String> stream;
      HttpResponse<String> plain;
      try {
        provider.usually(
            (body, response) ->
                body.contains("\"stream\":true")
                    ? FakeProvider.streamsForEver().answer(body, response)
                    : Mono.never());
        var streaming = asked(gateway, true);
        var waiting = asked(gateway, false);
        while (provider.requests().size() < 2) {
          Thread.sleep(5);
        }
        Thread.sleep(200);
        gateway.context().close();
        stream = streaming.get(10, TimeUnit.SECONDS);
        plain = waiting.get(10, TimeUnit.SECONDS);
      } finally {
        gateway.close();
      }
      assertThat(stream.statusCode()).isEqualTo(200);
      assertThat(stream.body())
          .contains("word1")
          .contains("This replica is shutting down")
          .contains("\"finish_reason\":\"error\"");
      assertThat(plain.statusCode()).isEqualTo(503);
      for (var told : List.of(stream, plain)) {
        var row = gateway.row(TestGateway.idOf(told));
        assertThat((BigDecimal) row.get("charged")).isZero();
        assertThat(row.get("finish_reason")).isEqualTo("error");
        assertThat(row.get("cancelled")).isEqualTo(false);
      }
    }
  }
}
