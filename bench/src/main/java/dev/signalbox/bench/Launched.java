package dev.signalbox.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A process of ours, which ends with us.
final class Launched implements AutoCloseable {
  private static final long START_SECONDS = 90;
  private static final long STOP_SECONDS = 20;

  private final Process process;
  private final Path log;

  private Launched(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static Launched start(Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(new File(log.toString()));
    var launched = new Launched(builder.start(), log);
    Runtime.getRuntime().addShutdownHook(new Thread(launched.process::destroy));
    return launched;
  }

  Launched awaitPort(int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < deadline) {
      if (!process.isAlive()) {
        break;
      }
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return this;
      } catch (IOException _) {
        Thread.sleep(50);
      }
    }
    throw new IOException("did not start:\n" + Files.readString(log));
  }

  long pid() {
    return process.pid();
  }

  /// Returns the process and those it started.
  List<Long> tree() {
    return Stream.concat(Stream.of(process.pid()), process.descendants().map(ProcessHandle::pid))
        .toList();
  }

  List<Long> children() {
    return process.descendants().map(ProcessHandle::pid).toList();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
