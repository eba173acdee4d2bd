package dev.signalbox.billing.journal;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A directory of this machine, which no other process uses at the same time.
final class LocalDisk implements Disk {
  private static final String LOCK = "lock";
  private static final int ZEROS_AT_ONCE = 1 << 16;

  private final Path directory;
  private final FileChannel lock;

  private LocalDisk(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
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

  @Override
  public List<String> list() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Override
  public File open(String name) throws IOException {
    return new LocalFile(directory.resolve(name));
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
    return new LocalFile(path);
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

    LocalFile(Path path) throws IOException {
      reading = new RandomAccessFile(path.toFile(), "r");
      try {
        writing = FileChannel.open(path, StandardOpenOption.WRITE);
      } catch (IOException e) {
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
