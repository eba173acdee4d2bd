package dev.signalbox.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where a running JVM's processor time goes, by async-profiler's samples of its threads.
final class Profile {
  private static final String LIBRARY = "/linux-x64/libasyncProfiler.so";

  private final Path library;
  private final Path jcmd;
  private final long pid;

  private Profile(Path library, Path jcmd, long pid) {
    this.library = library;
    this.jcmd = jcmd;
    this.pid = pid;
  }

  static Profile start(World world, long pid) throws IOException, InterruptedException {
    Path library = world.directory().resolve("libasyncProfiler.so");
    // A library that a process has loaded must not be written again.
    if (!Files.exists(library)) {
      try (InputStream resource = Profile.class.getResourceAsStream(LIBRARY)) {
        if (resource == null) {
          throw new IOException("async-profiler is not on the class path");
        }
        Files.write(library, resource.readAllBytes());
      }
    }
    Path jcmd = Path.of(world.setup().java().getFirst()).resolveSibling("jcmd");
    var profile = new Profile(library, jcmd, pid);
    profile.tell("start,event=ctimer,interval=1ms");
    return profile;
  }

  /// Returns samples by stack: frames from the root, separated by semicolons.
  Map<String, Long> stop() throws IOException, InterruptedException {
    Path file = library.resolveSibling("stacks.collapsed");
    tell("stop,collapsed,file=" + file);
    var stacks = new LinkedHashMap<String, Long>();
    for (String line : Files.readAllLines(file)) {
      int space = line.lastIndexOf(' ');
      stacks.merge(line.substring(0, space), Long.parseLong(line.substring(space + 1)), Long::sum);
    }
    return stacks;
  }

  private void tell(String command) throws IOException, InterruptedException {
    String load = "JVMTI.agent_load %s \"%s\"".formatted(library, command);
    Process process =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), load)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0 || !said.contains("return code: 0")) {
      throw new IOException("jcmd: " + said);
    }
  }

  /// What a stack counts as: the innermost frame that says.
  static String part(String stack) {
    String[] frames = stack.split(";");
    if (stack.contains("CompileBroker")) {
      return "JIT compiler";
    }
    for (int i = frames.length - 1; i >= 0; i--) {
      String part = partOf(frames[i]);
      if (!part.isEmpty()) {
        return part;
      }
    }
    return stack.contains("GC") || stack.contains("G1") ? "garbage collector" : "other";
  }

  private static String partOf(String frame) {
    for (Map.Entry<String, String> prefix : PARTS) {
      if (frame.startsWith(prefix.getKey())) {
        return prefix.getValue();
      }
    }
    return "";
  }

  private static final List<Map.Entry<String, String>> PARTS =
      List.of(
          Map.entry("dev/signalbox/billing/journal", "journal and its disk"),
          Map.entry("dev/signalbox/billing", "ours: ledger and credit"),
          Map.entry("io/r2dbc", "database driver"),
          Map.entry("dev/signalbox/gateway/dialect", "ours: reading and writing JSON"),
          Map.entry("dev/signalbox/gateway/wire/JsonScan", "ours: scanning requests' JSON"),
          Map.entry("dev/signalbox/gateway/wire/TextSearch", "ours: scanning requests' JSON"),
          Map.entry("dev/signalbox/gateway/wire", "ours: reading and writing JSON"),
          Map.entry("dev/signalbox/routing", "ours: planning"),
          Map.entry("dev/signalbox/gateway/plan", "ours: planning"),
          Map.entry("dev/signalbox/gateway/health", "ours: health and metrics"),
          Map.entry("dev/signalbox/gateway/observe", "ours: health and metrics"),
          Map.entry("io/micrometer", "ours: health and metrics"),
          Map.entry("dev/signalbox/gateway/inbound", "ours: connections"),
          Map.entry("dev/signalbox/gateway/upstream", "ours: connections"),
          Map.entry("dev/signalbox", "ours: the line and the rest"),
          Map.entry("org/springframework", "framework"),
          Map.entry("reactor/", "framework"),
          Map.entry("writev", "transport: system calls"),
          Map.entry("recv", "transport: system calls"),
          Map.entry("__libc_recv", "transport: system calls"),
          Map.entry("__send", "transport: system calls"),
          Map.entry("__GI___send", "transport: system calls"),
          Map.entry("jbyte_disjoint_arraycopy", "copying and zeroing bytes"),
          Map.entry("__memcpy", "copying and zeroing bytes"),
          Map.entry("__memset", "copying and zeroing bytes"),
          Map.entry("__GI___libc_write", "transport: system calls"),
          Map.entry("__GI_write", "transport: system calls"),
          Map.entry("epoll", "transport: system calls"),
          Map.entry("__GI_epoll", "transport: system calls"),
          Map.entry("io/netty", "transport: Netty"));

  /// Returns what each part takes of a request.
  static Map<String, Double> parts(Map<String, Long> stacks, double microsPerRequest) {
    long total = stacks.values().stream().mapToLong(Long::longValue).sum();
    var parts = new LinkedHashMap<String, Double>();
    stacks.forEach(
        (stack, count) -> parts.merge(part(stack), microsPerRequest * count / total, Double::sum));
    return parts;
  }

  /// @param byLoad each load's parts; those of the first load give the order
  static Table table(Map<String, Map<String, Double>> byLoad) {
    var header = new ArrayList<>(List.of("part"));
    header.addAll(byLoad.keySet());
    var table = new Table(header);
    Map<String, Double> first = byLoad.values().iterator().next();
    byLoad.values().stream()
        .flatMap(parts -> parts.keySet().stream())
        .distinct()
        .sorted(Comparator.comparing((String part) -> first.getOrDefault(part, 0.0)).reversed())
        .forEach(
            part -> {
              var row = new ArrayList<>(List.of(part));
              byLoad
                  .values()
                  .forEach(parts -> row.add(Table.figure(parts.getOrDefault(part, 0.0))));
              table.row(row);
            });
    return table;
  }
}
