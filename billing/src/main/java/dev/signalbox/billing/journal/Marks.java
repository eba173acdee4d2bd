package dev.signalbox.billing.journal;

import dev.signalbox.billing.journal.Journal.Run;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a journal knows of itself: its name and run, and up to where the database has its records.
/// Two places of one file are written in turns, so that one is whole whatever happens.
final class Marks {
  private static final String FILE = "marks";
  private static final int PLACE_BYTES = 512;
  private static final int CHECKED_BYTES = 40;

  private final Disk.File file;
  private long version;
  private Run run;
  private long dropped;

  private Marks(Disk.File file, long version, Run run, long dropped) {
    this.file = file;
    this.version = version;
    this.run = run;
    this.dropped = dropped;
  }

  /// Begins a run. A journal whose marks cannot be read gets a new name, and is drained again from
  /// its beginning.
  static Marks open(Disk disk) throws IOException {
    boolean known = disk.list().contains(FILE);
    Disk.File file = known ? disk.open(FILE) : disk.create(FILE, 2 * PLACE_BYTES);
    ByteBuffer bytes = ByteBuffer.allocate(2 * PLACE_BYTES);
    file.read(bytes, 0);
    Marks last = newer(read(file, bytes, 0), read(file, bytes, PLACE_BYTES));
    Marks marks = last == null ? new Marks(file, 0, new Run(UUID.randomUUID(), 0), 0) : last;
    marks.begin(false);
    return marks;
  }

  private static @Nullable Marks newer(@Nullable Marks one, @Nullable Marks other) {
    return one == null || other != null && other.version > one.version ? other : one;
  }

  private static @Nullable Marks read(Disk.File file, ByteBuffer bytes, int at) {
    if (bytes.getInt(at + CHECKED_BYTES) != crc(bytes, at) || bytes.getLong(at) == 0) {
      return null;
    }
    var name = new UUID(bytes.getLong(at + 8), bytes.getLong(at + 16));
    return new Marks(
        file, bytes.getLong(at), new Run(name, bytes.getLong(at + 24)), bytes.getLong(at + 32));
  }

  private static int crc(ByteBuffer bytes, int at) {
    var crc = new CRC32C();
    crc.update(bytes.slice(at, CHECKED_BYTES));
    return (int) crc.getValue();
  }

  private void write() throws IOException {
    version++;
    ByteBuffer bytes = ByteBuffer.allocate(PLACE_BYTES);
    bytes
        .putLong(version)
        .putLong(run.journal().getMostSignificantBits())
        .putLong(run.journal().getLeastSignificantBits())
        .putLong(run.epoch())
        .putLong(dropped);
    bytes.putInt(crc(bytes, 0));
    file.write(bytes.clear(), (int) (version % 2) * PLACE_BYTES);
  }

  /// Begins another run, which is on the disk when this returns.
  synchronized void begin(boolean copied) throws IOException {
    run = new Run(copied ? UUID.randomUUID() : run.journal(), copied ? 1 : run.epoch() + 1);
    write();
    file.sync();
  }

  synchronized Run run() {
    return run;
  }

  synchronized long dropped() {
    return dropped;
  }

  /// Not synced: what is drained twice is in the ledger once.
  synchronized void drop(long through) throws IOException {
    dropped = through;
    write();
  }

  void close() throws IOException {
    file.close();
  }
}
