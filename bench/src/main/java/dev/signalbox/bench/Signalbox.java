package dev.signalbox.bench;

import dev.signalbox.db.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Signalbox in its production configuration: keys, credit, journal, PostgreSQL and metrics, and
/// every model on several providers.
record Signalbox(String name, Launched launched, int port, String key) implements Gateway {
  private static final String ADMIN = "an-operator-key-for-the-benchmark";
  private static final Pattern KEY = Pattern.compile("\"key\":\"([^\"]+)\"");

  private static final int MAX_TRIES = 60;

  /// Providers that serve each model.
  private static final int PROVIDERS = 4;

  /// @param spareModels further models in the catalog, on two endpoints each
  /// @param environment settings beside the usual ones
  static Signalbox start(
      String name,
      Path directory,
      Setup setup,
      int provider,
      int spareModels,
      Map<String, String> environment)
      throws IOException, InterruptedException {
    int port = FreePort.choose();
    Path home = Files.createDirectories(directory.resolve(name));
    Path catalog = home.resolve("catalog.yaml");
    Files.writeString(catalog, catalog(provider, spareModels));
    var settings = new HashMap<>(environment);
    settings.put("SIGNALBOX_ADMIN_KEY", ADMIN);
    settings.put("SIGNALBOX_CATALOG", catalog.toString());
    settings.put("SIGNALBOX_DATA", home.resolve("data").toString());
    settings.put("SIGNALBOX_DRAIN_GRACE", "1s");
    settings.put("SERVER_ADDRESS", "127.0.0.1");
    settings.put("SERVER_PORT", Integer.toString(port));
    settings.put("MANAGEMENT_SERVER_PORT", Integer.toString(FreePort.choose()));
    List<String> command = new ArrayList<>(setup.java());
    command.addAll(List.of("-jar", setup.gatewayJar().toString()));
    var launched = Launched.start(home.resolve("log"), settings, command).awaitPort(port);
    return new Signalbox(name, launched, port, makeKey(port));
  }

  private static String catalog(int provider, int spareModels) {
    var text = new StringBuilder("providers:\n");
    for (String mode : Mode.ALL) {
      for (int i = 0; i < PROVIDERS; i++) {
        text.append(
            "  - {slug: %1$s%2$d, dialect: openai, base_url: \"http://127.0.0.1:%3$d/%1$s/v1\"}\n"
                .formatted(mode, i, provider));
      }
    }
    text.append("models:\n");
    for (String mode : Mode.ALL) {
      text.append("  - id: bench/")
          .append(mode)
          .append("\n    context_length: 2000000\n    endpoints:\n");
      for (int i = 0; i < PROVIDERS; i++) {
        text.append(endpoint(mode + i, i));
      }
    }
    for (int model = 0; model < spareModels; model++) {
      text.append("  - id: spare/m")
          .append(model)
          .append("\n    context_length: 2000000\n    endpoints:\n");
      text.append(endpoint("plain0", 0)).append(endpoint("plain1", 1));
    }
    return text.append("markup: {percent: \"5.5\"}\n").toString();
  }

  /// So cheap that no run uses the account's balance up.
  private static String endpoint(String provider, int dearer) {
    return "      - {provider: %s, pricing: {prompt: \"0.0000000010%d\", completion: \"0.0000000020%d\"}}\n"
        .formatted(provider, dearer, dearer);
  }

  /// The port opens a moment before the gateway is ready.
  private static String makeKey(int port) throws IOException, InterruptedException {
    String said = "";
    try (var http = HttpClient.newHttpClient()) {
      for (int tries = 0; tries < MAX_TRIES; tries++) {
        HttpResponse<String> response =
            http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/keys"))
                    .header("Authorization", "Bearer " + ADMIN)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"name\":\"bench\",\"limit\":100000}"))
                    .build(),
                BodyHandlers.ofString());
        said = response.body();
        Matcher key = KEY.matcher(said);
        if (key.find()) {
          return key.group(1);
        }
        Thread.sleep(500);
      }
    }
    throw new IOException("no key: " + said);
  }

  /// The gateway alone; its database is counted apart.
  @Override
  public List<Long> processes() {
    return List.of(launched.pid());
  }

  List<Long> database() {
    return launched.children();
  }

  /// @param signal `STOP` or `CONT`
  void signalDatabase(String signal) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    database().forEach(process -> command.add(Long.toString(process)));
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("kill: " + status);
    }
  }

  @Override
  public Address address(String mode) {
    return new Address(
        "http://127.0.0.1:%d/api/v1/chat/completions".formatted(port),
        Map.of("Content-Type", "application/json", "Authorization", "Bearer " + key),
        "bench/" + mode);
  }

  @Override
  public void close() throws IOException {
    launched.close();
  }
}
