package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where the things to measure are, and the flags that every JVM among them gets.
///
/// @param java the command and its flags
record Setup(Path root, List<String> java) {
  /// As the Helm chart sets them, but for the heap.
  private static final String FLAGS =
      "-Xmx512m -XX:+UseG1GC -XX:G1HeapRegionSize=8m -XX:+UseCompactObjectHeaders";

  static Setup of(Path root) {
    return of(root, System.getProperty("bench.flags", FLAGS));
  }

  static Setup of(Path root, String flags) {
    List<String> java = new ArrayList<>();
    java.add(ProcessHandle.current().info().command().orElse("java"));
    java.addAll(List.of(flags.split(" ")));
    java.add("--enable-native-access=ALL-UNNAMED");
    return new Setup(root, List.copyOf(java));
  }

  Path gatewayJar() throws IOException {
    return jar(root.resolve("gateway-app/target"), "gateway-app-");
  }

  Path bareJar() throws IOException {
    return jar(root.resolve("bench/bare/target"), "bench-bare-");
  }

  private static Path jar(Path directory, String prefix) throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .filter(file -> file.toString().endsWith("SNAPSHOT.jar"))
          .findFirst()
          .orElseThrow(() -> new IOException("not built: " + prefix + "*.jar in " + directory));
    }
  }

  Path portkey() {
    return root.resolve("bench/portkey/node_modules/@portkey-ai/gateway/build/start-server.js");
  }
}
