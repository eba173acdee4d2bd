package dev.signalbox.billing.flight;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where calls to providers stand while they are under way, and records that are not written yet:
/// in memory that belongs to files, so that a process that is killed leaves it behind. Nobody waits
/// for a disk.
///
/// What was written in the last seconds before a machine itself fails may be lost: the kernel
/// writes it to the disk when it sees fit.
public final class FlightLog {
  private static final Logger log = LoggerFactory.getLogger(FlightLog.class);
  private static final int SLOTS = 512;
  private static final int FILE_BYTES = SLOTS * FlightSlot.BYTES;

  private final Path directory;
  private final Arena arena = Arena.ofAuto();
  private final ArrayDeque<FlightSlot> free = new ArrayDeque<>();
  private final List<FlightSlot> left = new ArrayList<>();
  private int files;
  private boolean stuck;

  private FlightLog(Path directory) {
    this.directory = directory;
  }

  /// Opens the log in a directory that no other process uses.
  public static FlightLog open(Path directory) {
    var flights = new FlightLog(directory);
    try {
      Files.createDirectories(directory);
      do {
        flights.add();
      } while (Files.exists(flights.file()));
    } catch (IOException e) {
      throw new IllegalStateException("What is under way cannot be noted in " + directory, e);
    }
    return flights;
  }

  private Path file() {
    return directory.resolve("flights-%03d".formatted(files));
  }

  private void add() throws IOException {
    Path file = file();
    try (var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      // Room is taken now: where a disk is full, memory without any behind it ends the process.
      var zeros = ByteBuffer.allocate(FlightSlot.BYTES);
      for (long at = channel.size(); at < FILE_BYTES; at = channel.size()) {
        channel.write(zeros.clear().limit((int) Math.min(zeros.capacity(), FILE_BYTES - at)), at);
      }
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES, arena);
      for (int i = 0; i < SLOTS; i++) {
        var slot =
            new FlightSlot(
                this, memory.asSlice((long) i * FlightSlot.BYTES, FlightSlot.BYTES, Integer.BYTES));
        (slot.isTaken() ? left : free).add(slot);
      }
      files++;
    } catch (IOException e) {
      if (files > 0) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  /// What the process before left: each must be [freed][FlightSlot#free] once it is recorded.
  public List<FlightSlot> left() {
    return List.copyOf(left);
  }

  /// Returns a place for a call; null where the disk has no room for one.
  public synchronized @Nullable FlightSlot take() {
    FlightSlot slot = free.poll();
    if (slot == null && !stuck) {
      try {
        add();
        slot = free.poll();
      } catch (IOException e) {
        stuck = true;
        log.warn("No more calls can be noted while {} are under way: {}", files * SLOTS, e);
      }
    }
    return slot;
  }

  /// The last one that was used is the next: the fewer pages are touched, the fewer are written.
  synchronized void back(FlightSlot slot) {
    stuck = false;
    free.push(slot);
  }
}
