package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A gateway of its own, with a key; with a database of its own, unless it shares one.
public final class RunningGateway implements AutoCloseable {
  public static final String ADMIN = "an-operator-key-for-tests-only";
  private static final JsonMapper JSON = new JsonMapper();

  public final HttpClient http = HttpClient.newHttpClient();
  public final ConfigurableApplicationContext context;
  public final String base;
  public final String management;
  public final String key;

  public RunningGateway(Path catalog, Path data, String... more) throws Exception {
    this(PostgresFixture.migrated(), catalog, data, more);
  }

  /// @param settings more arguments, such as `--signalbox.pepper=…`
  public RunningGateway(DatabaseAddress database, Path catalog, Path data, String... settings)
      throws Exception {
    var arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--signalbox.database-url=" + PostgresFixture.url(database),
                "--signalbox.data=" + data,
                "--signalbox.catalog=" + catalog,
                "--signalbox.admin-key=" + ADMIN,
                "--signalbox.drain.grace=10s"));
    arguments.addAll(List.of(settings));
    context =
        new SpringApplicationBuilder(SignalboxApplication.class)
            .run(arguments.toArray(String[]::new));
    base = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
    management =
        "http://127.0.0.1:" + context.getEnvironment().getProperty("local.management.port");
    // On a machine that is very slow, the operator's key may come after the start.
    Eventually.holds(
        "the operator's key is known",
        () -> call("GET", "/api/v1/key", ADMIN, null).statusCode() == 200);
    var made = call("POST", "/api/v1/keys", ADMIN, "{\"name\":\"t\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    key = json(made).path("key").asString();
  }

  public static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }

  private HttpRequest post(String path, String secret, String body) {
    return request("POST", base + path, secret, body);
  }

  private static HttpRequest request(
      String method, String url, @Nullable String secret, @Nullable String body) {
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    return secret == null
        ? request.build()
        : request.header("Authorization", "Bearer " + secret).build();
  }

  /// Calls the API's port.
  public HttpResponse<String> call(
      String method, String path, @Nullable String secret, @Nullable String body) throws Exception {
    return http.send(request(method, base + path, secret, body), BodyHandlers.ofString());
  }

  /// Calls the operator API with the operator's key.
  public HttpResponse<String> admin(String method, String path, @Nullable String body)
      throws Exception {
    return admin(method, path, ADMIN, body);
  }

  public HttpResponse<String> admin(
      String method, String path, @Nullable String secret, @Nullable String body) throws Exception {
    return http.send(
        request(method, management + "/admin/v1" + path, secret, body), BodyHandlers.ofString());
  }

  public HttpRequest chat(String members) {
    return chat(key, members);
  }

  public HttpRequest chat(String secret, String members) {
    return post(
        "/api/v1/chat/completions",
        secret,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}");
  }

  public HttpResponse<String> send(HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.ofString());
  }

  public HttpResponse<String> get(String url) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    context.close();
  }
}
