package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the operating system says of processes: the processor time they took, the memory they hold.
final class Machine {
  private static final long TICKS_PER_SECOND = 100;

  private Machine() {}

  /// Returns the processor time of a process, in microseconds.
  static long cpuMicros(long pid) {
    // Field 2 is the name in parentheses, which may contain anything; 14 and 15 are user and
    // system.
    String stat = read(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    return ticks * (1_000_000 / TICKS_PER_SECOND);
  }

  static long cpuMicros(List<Long> pids) {
    return pids.stream().mapToLong(Machine::cpuMicros).sum();
  }

  /// Returns a process's resident memory, in bytes.
  static long residentBytes(long pid) {
    for (String line : read(Path.of("/proc/" + pid + "/status")).split("\n")) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return 0;
  }

  static long residentBytes(List<Long> pids) {
    return pids.stream().mapToLong(Machine::residentBytes).sum();
  }

  /// Returns the load of the last minute.
  static String load() {
    return read(Path.of("/proc/loadavg")).split(" ")[0];
  }

  static String processor() {
    return read(Path.of("/proc/cpuinfo"))
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 2))
        .findFirst()
        .orElse("unknown");
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException _) {
      return path.endsWith("stat") ? "0 (gone) Z " + "0 ".repeat(20) : "";
    }
  }
}
