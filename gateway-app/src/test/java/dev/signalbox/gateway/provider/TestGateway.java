package dev.signalbox.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole gateway on real sockets, with a catalog given as text, a real PostgreSQL and a key.
public final class TestGateway implements AutoCloseable {
  public static final JsonMapper JSON = new JsonMapper();
  public static final String ADMIN = "an-operator-key-for-tests-only";

  private final HttpClient http = HttpClient.newHttpClient();
  private final DatabaseAddress database = PostgresFixture.migrated();
  private final ConfigurableApplicationContext context;
  private final String base;
  private final String management;
  private final String key;

  /// @param catalog empty for the shipped one
  /// @param settings `--name=value`
  public TestGateway(Path directory, String catalog, String... settings) throws Exception {
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(file, catalog);
    var arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--signalbox.database-url=" + PostgresFixture.url(database),
                "--signalbox.data=" + directory.resolve("data"),
                "--signalbox.catalog=" + (catalog.isEmpty() ? "" : file),
                "--signalbox.admin-key=" + ADMIN,
                "--signalbox.drain.grace=2s"));
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
        () -> send(request("/api/v1/key", ADMIN)).statusCode() == 200);
    key = newKey("{\"name\":\"test\"}");
  }

  public String base() {
    return base;
  }

  public String management() {
    return management;
  }

  public String key() {
    return key;
  }

  public HttpClient http() {
    return http;
  }

  public ConfigurableApplicationContext context() {
    return context;
  }

  public String newKey(String body) throws Exception {
    HttpResponse<String> made = post("/api/v1/keys", ADMIN, body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return JSON.readTree(made.body()).path("key").asString();
  }

  /// Makes a key that may use providers' own APIs.
  ///
  /// @param body as for [#newKey]
  public String newPassThroughKey(String body) throws Exception {
    return newKey(body, "{\"pass_through\":true}");
  }

  /// Returns a new key, changed over the operator API.
  public String newKey(String body, String changes) throws Exception {
    String secret = newKey(body);
    var change =
        HttpRequest.newBuilder(URI.create(management + "/admin/v1/keys/" + hash(secret)))
            .header("Authorization", "Bearer " + ADMIN)
            .header("Content-Type", "application/json")
            .method("PATCH", BodyPublishers.ofString(changes));
    HttpResponse<String> changed = send(change);
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    return secret;
  }

  /// Returns a key's public handle.
  public static String hash(String secret) throws Exception {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  public HttpRequest.Builder request(String path, String secret) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Authorization", "Bearer " + secret)
        .header("Content-Type", "application/json");
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  public HttpResponse<String> post(String path, String secret, String body) throws Exception {
    return send(request(path, secret).POST(BodyPublishers.ofString(body)));
  }

  public HttpResponse<String> get(String url) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url)));
  }

  /// Asks for a chat about `hello` with the members given.
  public HttpResponse<String> chat(String members) throws Exception {
    return post(
        "/api/v1/chat/completions",
        key,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}");
  }

  public static String idOf(HttpResponse<?> response) {
    return response.headers().firstValue("X-Generation-Id").orElseThrow();
  }

  public static JsonNode json(HttpResponse<String> response) {
    return JSON.readTree(response.body());
  }

  /// Waits for the ledger's row of a generation.
  public Map<String, Object> row(String generationId) throws Exception {
    return awaited("SELECT * FROM usage_record WHERE id = ?", generationId);
  }

  /// Waits for the first row of a query.
  public Map<String, Object> awaited(String sql, String argument) throws Exception {
    return Eventually.seen(
            "a row for " + argument, () -> rows(sql, argument), rows -> !rows.isEmpty())
        .getFirst();
  }

  public List<Map<String, Object>> rows(String sql, String argument) throws SQLException {
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var select = connection.prepareStatement(sql)) {
      select.setString(1, argument);
      var found = select.executeQuery();
      var rows = new ArrayList<Map<String, Object>>();
      while (found.next()) {
        var row = new HashMap<String, Object>();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
          row.put(found.getMetaData().getColumnName(i), found.getObject(i));
        }
        rows.add(row);
      }
      return rows;
    }
  }

  @Override
  public void close() throws IOException {
    context.close();
    http.close();
  }
}
