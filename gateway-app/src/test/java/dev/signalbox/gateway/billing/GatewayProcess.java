package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.db.FreePort;
import dev.signalbox.gateway.SignalboxApplication;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// A gateway in a process of its own: it can be killed, and started again on the same disk.
final class GatewayProcess implements AutoCloseable {
  static final String OPERATOR = "an-operator-key-for-tests-only";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Eventually.PATIENCE).build();

  private final Path directory;
  private final int number;
  private final List<String> settings;
  private final int port;
  private final int managementPort;
  private List<String> within = List.of();
  private List<String> environment = List.of();
  private Process process;

  /// @param directory where its data and its log are, beside those of others
  /// @param settings `name=value`
  GatewayProcess(Path directory, int number, String databaseUrl, Path catalog, String... settings)
      throws IOException {
    this.port = FreePort.choose();
    this.managementPort = FreePort.choose();
    this.directory = directory;
    this.number = number;
    this.settings = new ArrayList<>(List.of(settings));
    this.settings.addAll(
        List.of(
            "server.port=" + port,
            "management.server.port=" + managementPort,
            "signalbox.database-url=" + databaseUrl,
            "signalbox.data=" + data(),
            "signalbox.catalog=" + catalog,
            "signalbox.pepper=a-pepper-that-all-of-them-share",
            "signalbox.admin-key=" + OPERATOR));
  }

  /// Starts it by another command, which is given its own as arguments.
  GatewayProcess within(String... command) {
    within = List.of(command);
    return this;
  }

  /// @param variables `name=value`
  GatewayProcess with(String... variables) {
    environment = List.of(variables);
    return this;
  }

  Path data() {
    return directory.resolve("data-" + number);
  }

  String base() {
    return "http://127.0.0.1:" + port;
  }

  long pid() {
    return process.pid();
  }

  GatewayProcess start() throws Exception {
    launch();
    awaitAnswers();
    return this;
  }

  void launch() throws IOException {
    var command = new ArrayList<>(within);
    if (!environment.isEmpty()) {
      command.add("env");
      command.addAll(environment);
    }
    command.addAll(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            SignalboxApplication.class.getName()));
    settings.forEach(setting -> command.add("--" + setting));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
  }

  private Path log() {
    return directory.resolve("log-" + number);
  }

  void awaitAnswers() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        String log = Files.readString(log());
        throw new AssertionError(
            "gateway %d does not answer:\n%s"
                .formatted(number, log.substring(Math.max(0, log.length() - 4000))));
      }
      Thread.sleep(20);
    }
  }

  private boolean answers() {
    try {
      return get("http://127.0.0.1:" + managementPort + "/actuator/health/readiness") != null
          && get(base() + "/api/v1/models/count") != null;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static String get(String url) throws IOException {
    try {
      var response =
          HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
      return response.statusCode() == 200 ? response.body() : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /// Kills it, as a machine that has no memory left would.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /// Returns a metric's value, over all its labels; 0 if it is not there.
  double metric(String name) throws IOException {
    String scrape = get("http://127.0.0.1:" + managementPort + "/actuator/prometheus");
    assertThat(scrape).isNotNull();
    return scrape
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /// Makes a key of the operator's account.
  String newKey(String body) throws Exception {
    HttpRequest wish =
        HttpRequest.newBuilder(URI.create(base() + "/api/v1/keys"))
            .header("Authorization", "Bearer " + OPERATOR)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    // At its first start the operator's key is written after the schema.
    var made =
        Eventually.seen(
            "the operator's key is known",
            () -> HTTP.send(wish, BodyHandlers.ofString()),
            answer -> answer.statusCode() != 401);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return new JsonMapper().readTree(made.body()).path("key").asString();
  }

  /// Stops it in order, as an operator does.
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
