package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The load generator for saturation: `wrk`, one thread, as many requests as the other side takes.
///
/// Its limits: a closed loop, so its latencies say nothing of a fixed rate and are not used; it
/// reads whole answers, so it knows no time to first byte.
final class Wrk {
  /// @param requests answered while it ran
  /// @param failed of them, with another status than 2xx, or never answered
  record Result(long requests, long failed, double perSecond) {}

  private static final Pattern TOTAL = Pattern.compile("(\\d+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern NOT_OK = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern SOCKETS =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

  private Wrk() {}

  static Result run(Target target, Path directory, int connections, double seconds)
      throws IOException, InterruptedException {
    Path script = Files.createTempFile(directory, "request", ".lua");
    Path body = Files.createTempFile(directory, "body", ".json");
    Files.write(body, target.body());
    var lua = new StringBuilder("wrk.method = \"POST\"\n");
    lua.append("local file = io.open(\"").append(body).append("\", \"rb\")\n");
    lua.append("wrk.body = file:read(\"*a\")\nfile:close()\n");
    for (Map.Entry<String, String> header : target.headers().entrySet()) {
      lua.append("wrk.headers[\"%s\"] = \"%s\"\n".formatted(header.getKey(), header.getValue()));
    }
    Files.writeString(script, lua);
    List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c" + connections));
    command.add("-d" + Math.max(1, Math.round(seconds)) + "s");
    command.addAll(List.of("--timeout", "10s", "-s", script.toString(), target.url()));
    Process wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(wrk.getInputStream().readAllBytes());
    if (wrk.waitFor() != 0) {
      throw new IOException("wrk: " + text);
    }
    return result(text);
  }

  private static Result result(String text) throws IOException {
    Matcher total = TOTAL.matcher(text);
    Matcher rate = RATE.matcher(text);
    if (!total.find() || !rate.find()) {
      throw new IOException("wrk: " + text);
    }
    long failed = 0;
    Matcher refused = NOT_OK.matcher(text);
    if (refused.find()) {
      failed += Long.parseLong(refused.group(1));
    }
    Matcher sockets = SOCKETS.matcher(text);
    if (sockets.find()) {
      for (int i = 1; i <= 4; i++) {
        failed += Long.parseLong(sockets.group(i));
      }
    }
    return new Result(Long.parseLong(total.group(1)), failed, Double.parseDouble(rate.group(1)));
  }
}
