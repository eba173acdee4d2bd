package dev.signalbox.bench;

import dev.signalbox.db.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The pretended provider, running, and what is started in front of it.
///
/// @param directory for configurations, logs and data
record World(Setup setup, Path directory, Launched provider, int port) implements AutoCloseable {
  static World start(Setup setup) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("signalbox-bench");
    int port = FreePort.choose();
    List<String> command =
        new ArrayList<>(List.of(setup.java().getFirst(), "-Xmx256m", "-XX:+UseSerialGC"));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Provider.class.getName(),
            Integer.toString(port)));
    Launched provider =
        Launched.start(directory.resolve("provider.log"), Map.of(), command).awaitPort(port);
    return new World(setup, directory, provider, port);
  }

  Gateway direct() {
    return new Direct(port, provider.pid());
  }

  Gateway nginx() throws IOException, InterruptedException {
    return Nginx.start(directory, port);
  }

  Gateway bare() throws IOException, InterruptedException {
    return Bare.start(directory, setup, port);
  }

  Gateway portkey() throws IOException, InterruptedException {
    return Portkey.start(directory, setup, port);
  }

  Signalbox signalbox() throws IOException, InterruptedException {
    return signalbox("signalbox", 0, Map.of());
  }

  Signalbox signalbox(String name, int spareModels, Map<String, String> environment)
      throws IOException, InterruptedException {
    return Signalbox.start(name, directory, setup, port, spareModels, environment);
  }

  @Override
  public void close() throws IOException {
    provider.close();
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
