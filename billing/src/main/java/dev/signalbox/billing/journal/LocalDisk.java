package dev.signalbox.billing.journal;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/// A directory of this machine, which no other process uses at the same time.
final class LocalDisk implements Disk {
  private static final String LOCK = "lock";
  private static final int ZEROS_AT_ONCE = 1 << 16;
  private static final Set<OpenOption> IN_THE_CACHE = Set.of(StandardOpenOption.WRITE);
  private static final Set<OpenOption> PAST_THE_CACHE =
      Set.of(StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT);

  private final Path directory;
  private final FileChannel lock;
  private final boolean takesBlocks;

  private LocalDisk(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
    this.takesBlocks = takesBlocks(directory);
  }

  /// @throws IOException if it cannot be used, or is used by somebody else
  static LocalDisk open(Path directory) throws IOException {
    Files.createDirectories(directory);
    FileChannel lock =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() == null) {
        throw new IOException("another process has the lock");
      }
    } catch (OverlappingFileLockException e) {
      lock.close();
      throw new IOException("this process has the lock already", e);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return new LocalDisk(directory, lock);
  }

  /// Says whether files of a directory can be written past the system's cache, by writing one.
  private static boolean takesBlocks(Path directory) {
    Path path = directory.resolve("blocks");
    try {
      if (Blocks.BYTES % Files.getFileStore(directory).getBlockSize() != 0) {
        return false;
      }
      Files.write(path, new byte[Blocks.BYTES]);
      try (File file = new LocalFile(path, true)) {
        file.write(ByteBuffer.wrap(new byte[] {1}), 0);
        return true;
      } finally {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  @Override
  public List<String> list() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Override
  public File open(String name) throws IOException {
    return new LocalFile(directory.resolve(name), false);
  }

  /// Past the system's cache, where that can be done: what is written once and hardly ever read
  /// need not be copied there, looked for by the sync, and drive out what is read.
  @Override
  public File log(String name) throws IOException {
    return new LocalFile(directory.resolve(name), takesBlocks);
  }

  @Override
  public File create(String name, int bytes) throws IOException {
    Path path = directory.resolve(name);
    try (var channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(bytes, ZEROS_AT_ONCE));
      for (int left = bytes; left > 0; ) {
        left -= channel.write(zeros.clear().limit(Math.min(left, zeros.capacity())));
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(path);
      throw e;
    }
    syncNames();
    return new LocalFile(path, false);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    syncNames();
  }

  private void syncNames() throws IOException {
    try (var names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
  }

  @Override
  public void copy(String from, String to) throws IOException {
    Files.copy(directory.resolve(from), directory.resolve(to));
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  /// Reads go another way than writes: a reader's thread may be interrupted, which closes a channel
  /// under everybody who uses it.
  private static final class LocalFile implements File {
    private final RandomAccessFile reading;
    private final FileChannel writing;
    private final Blocks.Sink sink;

    LocalFile(Path path, boolean inBlocks) throws IOException {
      reading = new RandomAccessFile(path.toFile(), "r");
      try {
        writing = FileChannel.open(path, inBlocks ? PAST_THE_CACHE : IN_THE_CACHE);
        sink = inBlocks ? new Blocks(this::put)::write : this::put;
      } catch (IOException | UnsupportedOperationException e) {
        reading.close();
        throw e;
      }
    }

    @Override
    public int size() throws IOException {
      return Math.toIntExact(reading.length());
    }

    @Override
    public void read(ByteBuffer into, int at) throws IOException {
      byte[] bytes = new byte[into.remaining()];
      synchronized (reading) {
        reading.seek(at);
        reading.readFully(bytes);
      }
      into.put(bytes);
    }

    @Override
    public void write(ByteBuffer from, int at) throws IOException {
      sink.write(from, at);
    }

    private void put(ByteBuffer from, int at) throws IOException {
      int position = at;
      while (from.hasRemaining()) {
        int written = writing.write(from, position);
        if (written <= 0) {
          throw new EOFException();
        }
        position += written;
      }
    }

    @Override
    public void sync() throws IOException {
      writing.force(false);
    }

    @Override
    public void close() throws IOException {
      try {
        writing.close();
      } finally {
        reading.close();
      }
    }
  }
}
