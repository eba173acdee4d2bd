package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/// A gateway of its own, with a database of its own and a key.
final class RunningGateway implements AutoCloseable {
  private static final String ADMIN = "an-operator-key-for-tests-only";

  final HttpClient http = HttpClient.newHttpClient();
  final ConfigurableApplicationContext context;
  final String base;
  final String management;
  final String key;

  RunningGateway(Path catalog, Path data) throws Exception {
    context =
        new SpringApplicationBuilder(SignalboxApplication.class)
            .run(
                "--server.port=0",
                "--management.server.port=0",
                "--signalbox.database-url=" + PostgresFixture.url(PostgresFixture.migrated()),
                "--signalbox.data=" + data,
                "--signalbox.catalog=" + catalog,
                "--signalbox.admin-key=" + ADMIN,
                "--signalbox.drain.grace=10s");
    base = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
    management =
        "http://127.0.0.1:" + context.getEnvironment().getProperty("local.management.port");
    var made = http.send(post("/api/v1/keys", ADMIN, "{\"name\":\"t\"}"), BodyHandlers.ofString());
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    key = new JsonMapper().readTree(made.body()).path("key").asString();
  }

  private HttpRequest post(String path, String secret, String body) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Authorization", "Bearer " + secret)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  HttpRequest chat(String members) {
    return post(
        "/api/v1/chat/completions",
        key,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}");
  }

  HttpResponse<String> get(String url) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    context.close();
  }
}
