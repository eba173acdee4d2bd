package dev.signalbox.bench;

import dev.signalbox.db.FreePort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Portkey's gateway, as its npm package starts it.
record Portkey(Launched launched, int port, int provider) implements Gateway {
  static Portkey start(Path directory, Setup setup, int provider)
      throws IOException, InterruptedException {
    int port = FreePort.choose();
    var launched =
        Launched.start(
            directory.resolve("portkey.log"),
            Map.of("NODE_ENV", "production"),
            List.of("node", setup.portkey().toString(), "--port=" + port, "--headless"));
    return new Portkey(launched.awaitPort(port), port, provider);
  }

  @Override
  public String name() {
    return "portkey";
  }

  @Override
  public List<Long> processes() {
    return launched.tree();
  }

  @Override
  public Address address(String mode) {
    return new Address(
        "http://127.0.0.1:%d/v1/chat/completions".formatted(port),
        Map.of(
            "Content-Type",
            "application/json",
            "Authorization",
            "Bearer bench",
            "x-portkey-provider",
            "openai",
            "x-portkey-custom-host",
            "http://127.0.0.1:%d/%s/v1".formatted(provider, mode)),
        "up");
  }

  @Override
  public void close() throws IOException {
    launched.close();
  }
}
