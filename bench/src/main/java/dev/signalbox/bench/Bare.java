package dev.signalbox.bench;

import dev.signalbox.db.FreePort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Spring Cloud Gateway with its defaults and one static route.
record Bare(Launched launched, int port) implements Gateway {
  static Bare start(Path directory, Setup setup, int provider)
      throws IOException, InterruptedException {
    int port = FreePort.choose();
    List<String> command = new ArrayList<>(setup.java());
    command.addAll(
        List.of(
            "-jar",
            setup.bareJar().toString(),
            "--server.address=127.0.0.1",
            "--server.port=" + port,
            "--upstream=http://127.0.0.1:" + provider));
    var launched = Launched.start(directory.resolve("bare.log"), Map.of(), command);
    return new Bare(launched.awaitPort(port), port);
  }

  @Override
  public String name() {
    return "bare";
  }

  @Override
  public List<Long> processes() {
    return List.of(launched.pid());
  }

  @Override
  public Address address(String mode) {
    return Direct.passing(port, mode);
  }

  @Override
  public void close() throws IOException {
    launched.close();
  }
}
