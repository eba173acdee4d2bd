package dev.signalbox.billing.journal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/// A disk in memory that loses power: of what was written since the last sync any part may be
/// there, in sectors, in any order.
final class FragileDisk implements Disk {
  static final int SECTOR = 512;

  private final TreeMap<String, Stored> files;

  /// How many writes and syncs it still does before the power goes, and before a sync fails.
  int untilPowerLoss = Integer.MAX_VALUE;

  int untilFailingSync = Integer.MAX_VALUE;
  boolean full;

  /// Runs while a file is made or gets another name.
  Runnable meanwhile = () -> {};

  /// Bytes as they are read now, and as they are sure to be after a loss of power.
  private static final class Stored {
    final byte[] now;
    byte[] safe;

    Stored(int size) {
      now = new byte[size];
      safe = new byte[size];
    }
  }

  FragileDisk() {
    this(new TreeMap<>());
  }

  private FragileDisk(TreeMap<String, Stored> files) {
    this.files = files;
  }

  /// Returns what is left after a loss of power.
  synchronized FragileDisk afterPowerLoss(Random random) {
    var left = new TreeMap<String, Stored>();
    files.forEach(
        (name, file) -> {
          var stored = new Stored(file.now.length);
          System.arraycopy(file.safe, 0, stored.now, 0, stored.now.length);
          for (int at = 0; at < stored.now.length; at += SECTOR) {
            int end = Math.min(at + SECTOR, stored.now.length);
            if (!Arrays.equals(file.now, at, end, file.safe, at, end) && random.nextBoolean()) {
              System.arraycopy(file.now, at, stored.now, at, end - at);
            }
          }
          stored.safe = stored.now.clone();
          left.put(name, stored);
        });
    return new FragileDisk(left);
  }

  private void step() throws IOException {
    if (untilPowerLoss-- <= 0) {
      throw new IOException("no power");
    }
  }

  @Override
  public synchronized List<String> list() {
    return new ArrayList<>(files.keySet());
  }

  private synchronized Stored stored(String name) throws IOException {
    Stored file = files.get(name);
    if (file == null) {
      throw new FileNotFoundException(name);
    }
    return file;
  }

  @Override
  public File open(String name) throws IOException {
    return new FragileFile(stored(name), false);
  }

  @Override
  public File log(String name) throws IOException {
    return new FragileFile(stored(name), true);
  }

  @Override
  public synchronized File create(String name, int bytes) throws IOException {
    meanwhile.run();
    if (full) {
      throw new IOException("No space left on device");
    }
    step();
    files.put(name, new Stored(bytes));
    return open(name);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    meanwhile.run();
    step();
    files.put(to, stored(from));
    files.remove(from);
  }

  @Override
  public synchronized void delete(String name) {
    files.remove(name);
  }

  @Override
  public synchronized void copy(String from, String to) throws IOException {
    Stored original = stored(from);
    var copy = new Stored(original.now.length);
    System.arraycopy(original.now, 0, copy.now, 0, copy.now.length);
    copy.safe = copy.now.clone();
    files.put(to, copy);
  }

  @Override
  public void close() {}

  private final class FragileFile implements File {
    private final Stored stored;
    private final Blocks.Sink sink;

    FragileFile(Stored stored, boolean inBlocks) {
      this.stored = stored;
      this.sink = inBlocks ? new Blocks(this::put)::write : this::put;
    }

    @Override
    public int size() {
      return stored.now.length;
    }

    @Override
    public void read(ByteBuffer into, int at) {
      synchronized (FragileDisk.this) {
        into.put(stored.now, at, into.remaining());
      }
    }

    @Override
    public void write(ByteBuffer from, int at) throws IOException {
      sink.write(from, at);
    }

    private void put(ByteBuffer from, int at) throws IOException {
      synchronized (FragileDisk.this) {
        step();
        from.get(stored.now, at, from.remaining());
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (FragileDisk.this) {
        step();
        if (untilFailingSync-- <= 0) {
          throw new IOException("Input/output error");
        }
        stored.safe = stored.now.clone();
      }
    }

    @Override
    public void close() {}
  }
}
