package dev.signalbox.billing.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/// A journal in an SQLite file: one writer, which commits whatever has gathered while it was busy
/// with the last commit.
///
/// A failed write or sync is never tried again: the kernel may have dropped what it could not
/// write. The journal is then broken for good, and says so to everyone. A full disk is no such
/// failure: nothing was half written, and there may be room again.
public final class SqliteJournal implements Journal {
  private static final Logger log = LoggerFactory.getLogger(SqliteJournal.class);

  /// What a journal may hold unless told otherwise, in bytes.
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  private static final int MAX_BATCH = 2048;
  private static final int PAGE_BYTES = 4096;

  /// What a record takes beside its text.
  private static final int OVERHEAD_BYTES = 100;

  private static final int SQLITE_FULL = 13;
  private static final int SQLITE_IOERR = 10;
  private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /// What must fit for a disk to be no longer full.
  private static final int PROBE_BYTES = 256 * 1024;

  private final Connection connection;
  private final long maxBytes;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final AtomicLong depth = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong damaged = new AtomicLong();
  private final Thread writer;

  /// The last place that was taken when the journal was opened.
  private volatile long inherited = -1;

  private volatile long firstWaiting;
  private volatile long oldestMillis;
  private volatile Run run = new Run(new UUID(0, 0), 0);
  private volatile @Nullable SQLException broken;
  private volatile boolean full;
  private long probedNanos;

  /// What comes up to here the database has, even if it could not be deleted.
  private volatile long readFrom = -1;

  private volatile boolean closing;

  private sealed interface Work {
    record Append(String id, String json, MonoSink<Void> done) implements Work {}

    record Task(Query<?> query, CompletableFuture<Object> result) implements Work {}
  }

  private interface Query<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private SqliteJournal(Connection connection, long maxBytes) {
    this.connection = connection;
    this.maxBytes = maxBytes;
    this.writer = Thread.ofPlatform().daemon().name("signalbox-journal").unstarted(this::write);
  }

  public static SqliteJournal open(Path directory) {
    return open(directory, DEFAULT_MAX_BYTES);
  }

  /// Opens the journal in a directory. What is damaged of it is set aside, the rest kept.
  ///
  /// @throws IllegalStateException if another process has it open
  public static SqliteJournal open(Path directory, long maxBytes) {
    Path file = directory.resolve("journal.db");
    try {
      Files.createDirectories(directory);
      Connection connection = connect(file);
      try {
        if (!isSound(connection)) {
          connection.close();
          connection = salvage(file);
        }
        prepare(connection, maxBytes);
      } catch (SQLException e) {
        connection.close();
        if (!isDamage(e)) {
          throw e;
        }
        connection = salvage(file);
        prepare(connection, maxBytes);
      }
      var journal = new SqliteJournal(connection, maxBytes);
      journal.takeOver();
      journal.writer.start();
      return journal;
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(
          "The journal in %s cannot be opened; does another Signalbox use it?".formatted(directory),
          e);
    }
  }

  private static Connection connect(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try {
      execute(connection, "PRAGMA locking_mode=EXCLUSIVE");
      execute(connection, "PRAGMA journal_mode=WAL");
      execute(connection, "PRAGMA synchronous=FULL");
      // Takes the lock now, not at the first record.
      execute(connection, "BEGIN IMMEDIATE");
      execute(connection, "COMMIT");
      return connection;
    } catch (SQLException e) {
      if (isDamage(e)) {
        return connection;
      }
      connection.close();
      throw e;
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean isSound(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery("PRAGMA quick_check(1)")) {
      return result.next() && result.getString(1).equals("ok");
    } catch (SQLException e) {
      if (isDamage(e)) {
        return false;
      }
      throw e;
    }
  }

  /// SQLITE_CORRUPT, SQLITE_NOTADB, or a schema that cannot be read.
  private static boolean isDamage(SQLException e) {
    int code = e.getErrorCode() & 0xff;
    return code == 11 || code == 26;
  }

  /// Moves a damaged file aside and begins a new one with what can still be read of it.
  private static Connection salvage(Path file) throws SQLException, IOException {
    Path aside = file.resolveSibling("damaged-" + System.currentTimeMillis() + ".db");
    for (String suffix : new String[] {"", "-wal", "-shm"}) {
      Path from = file.resolveSibling(file.getFileName() + suffix);
      if (Files.exists(from)) {
        Files.move(from, file.resolveSibling(aside.getFileName() + suffix));
      }
    }
    Connection fresh = connect(file);
    createTables(fresh);
    int kept = 0;
    try (Connection damaged = DriverManager.getConnection("jdbc:sqlite:" + aside)) {
      kept = copy(damaged, fresh);
    } catch (SQLException e) {
      log.error("Nothing can be read of the journal {}", aside, e);
    }
    log.error("The journal was damaged: it is kept as {}; {} records of it are saved", aside, kept);
    return fresh;
  }

  /// Reads every record on its own: a damaged page costs those on it, and no others.
  private static int copy(Connection damaged, Connection fresh) throws SQLException {
    try (var meta = damaged.createStatement();
        var row = meta.executeQuery("SELECT journal, epoch FROM run")) {
      if (row.next()) {
        execute(
            fresh,
            "INSERT INTO run VALUES ('%s', %d)"
                .formatted(UUID.fromString(row.getString(1)), row.getLong(2)));
      }
    } catch (SQLException | IllegalArgumentException e) {
      log.warn("The journal's name cannot be read: it gets a new one");
    }
    long last = 0;
    try (var statement = damaged.createStatement();
        var row = statement.executeQuery("SELECT seq FROM sqlite_sequence WHERE name = 'entry'")) {
      last = row.next() ? row.getLong(1) : 0;
    } catch (SQLException e) {
      last = 1_000_000;
    }
    int kept = 0;
    try (var write =
        fresh.prepareStatement(
            "INSERT OR IGNORE INTO entry (sequence, id, json, crc, at) VALUES (?, ?, ?, ?, ?)")) {
      for (long sequence = Math.max(1, last - 10_000_000); sequence <= last; sequence++) {
        // A statement that met a damaged page is good for nothing more: each has its own.
        try (var read = damaged.createStatement();
            var row =
                read.executeQuery(
                    "SELECT id, json, crc, at FROM entry NOT INDEXED WHERE sequence = "
                        + sequence)) {
          if (row.next()) {
            write.setLong(1, sequence);
            write.setString(2, row.getString(1));
            write.setString(3, row.getString(2));
            write.setLong(4, row.getLong(3));
            write.setLong(5, row.getLong(4));
            kept += write.executeUpdate();
          }
        } catch (SQLException e) {
          // On the damaged page.
        }
      }
    }
    return kept;
  }

  private static void createTables(Connection connection) throws SQLException {
    execute(
        connection,
        "CREATE TABLE IF NOT EXISTS entry (sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
            + " id TEXT NOT NULL UNIQUE, json TEXT NOT NULL, crc INTEGER, at INTEGER)");
    execute(connection, "CREATE TABLE IF NOT EXISTS room (filler BLOB)");
    execute(connection, "CREATE TABLE IF NOT EXISTS run (journal TEXT NOT NULL, epoch INTEGER)");
    execute(
        connection,
        "CREATE TABLE IF NOT EXISTS damaged (sequence INTEGER, id TEXT, json TEXT, crc INTEGER,"
            + " at INTEGER)");
  }

  private static void prepare(Connection connection, long maxBytes) throws SQLException {
    createTables(connection);
    boolean old = true;
    try (var statement = connection.createStatement();
        var columns = statement.executeQuery("PRAGMA table_info(entry)")) {
      while (columns.next()) {
        old &= !columns.getString("name").equals("crc");
      }
    }
    if (old) {
      execute(connection, "ALTER TABLE entry ADD COLUMN crc INTEGER");
      execute(connection, "ALTER TABLE entry ADD COLUMN at INTEGER");
    }
    execute(connection, "PRAGMA max_page_count=" + Math.max(64, maxBytes / PAGE_BYTES));
    connection.setAutoCommit(false);
  }

  /// Sets damaged records aside, counts the rest, and begins a run.
  private void takeOver() throws SQLException {
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery("SELECT sequence, id, json, crc, at FROM entry ORDER BY 1")) {
      var bad = new ArrayList<Long>();
      while (rows.next()) {
        long sequence = rows.getLong(1);
        String json = rows.getString(3);
        long crc = rows.getLong(4);
        if (!rows.wasNull() && crc != crc(rows.getString(2), json)) {
          bad.add(sequence);
          continue;
        }
        if (depth.getAndIncrement() == 0) {
          firstWaiting = sequence;
          long at = rows.getLong(5);
          oldestMillis = rows.wasNull() ? System.currentTimeMillis() : at;
        }
        inherited = sequence;
        bytes.addAndGet(size(json));
      }
      for (long sequence : bad) {
        execute(connection, "INSERT INTO damaged SELECT * FROM entry WHERE sequence = " + sequence);
        execute(connection, "DELETE FROM entry WHERE sequence = " + sequence);
      }
    }
    try (var statement = connection.createStatement();
        var count = statement.executeQuery("SELECT count(*) FROM damaged")) {
      damaged.set(count.getLong(1));
    }
    if (damaged.get() > 0) {
      log.error("{} records of the journal are damaged and set aside", damaged.get());
    }
    run = begin(false);
    connection.commit();
  }

  private Run begin(boolean copied) throws SQLException {
    UUID name = UUID.randomUUID();
    long epoch = 0;
    try (var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT journal, epoch FROM run")) {
      if (row.next() && !copied) {
        name = UUID.fromString(row.getString(1));
        epoch = row.getLong(2);
      }
    }
    execute(connection, "DELETE FROM run");
    execute(connection, "INSERT INTO run VALUES ('%s', %d)".formatted(name, epoch + 1));
    return new Run(name, epoch + 1);
  }

  private static int crc(String id, String json) {
    var crc = new CRC32C();
    crc.update(id.getBytes(StandardCharsets.UTF_8));
    crc.update(json.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  private static long size(String json) {
    return json.length() + OVERHEAD_BYTES;
  }

  @Override
  public Mono<Void> append(String id, String json) {
    return Mono.create(
        sink -> {
          SQLException failure = broken;
          if (failure != null) {
            sink.error(failure);
          } else if (closing) {
            sink.error(new IllegalStateException("the journal is closed"));
          } else {
            queue.add(new Work.Append(id, json, sink));
          }
        });
  }

  private void write() {
    var batch = new ArrayList<Work.Append>();
    try {
      while (!closing || !queue.isEmpty()) {
        Work first = queue.poll(100, TimeUnit.MILLISECONDS);
        probe();
        if (first == null) {
          continue;
        }
        @Nullable Work next = first;
        while (next instanceof Work.Append append && batch.size() < MAX_BATCH) {
          batch.add(append);
          next = queue.poll();
        }
        commit(batch);
        batch.clear();
        if (next instanceof Work.Task task) {
          run(task);
        } else if (next instanceof Work.Append append) {
          batch.add(append);
          commit(batch);
          batch.clear();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void commit(List<Work.Append> batch) {
    if (batch.isEmpty()) {
      return;
    }
    SQLException failure = broken;
    if (failure == null) {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT OR IGNORE INTO entry (id, json, crc, at) VALUES (?, ?, ?, ?)")) {
        long now = System.currentTimeMillis();
        for (Work.Append append : batch) {
          insert.setString(1, append.id());
          insert.setString(2, append.json());
          insert.setLong(3, crc(append.id(), append.json()));
          insert.setLong(4, now);
          insert.addBatch();
        }
        int[] counts = insert.executeBatch();
        connection.commit();
        full = false;
        count(batch, counts, now);
      } catch (SQLException e) {
        failure = e;
        failed(e);
      }
    }
    for (Work.Append append : batch) {
      if (failure == null) {
        append.done().success();
      } else {
        append.done().error(failure);
      }
    }
  }

  private void count(List<Work.Append> batch, int[] counts, long now) {
    int added = 0;
    long size = 0;
    for (int i = 0; i < counts.length; i++) {
      added += counts[i];
      size += counts[i] * size(batch.get(i).json());
    }
    bytes.addAndGet(size);
    if (depth.getAndAdd(added) == 0) {
      oldestMillis = now;
    }
  }

  private void failed(SQLException failure) {
    if (isFullDisk(failure) && rolledBack()) {
      full = true;
      return;
    }
    log.error("The journal's disk failed: nothing more is written to it", failure);
    broken = failure;
  }

  private static boolean isFullDisk(SQLException failure) {
    return (failure.getErrorCode() & 0xff) == SQLITE_FULL;
  }

  /// Where the disk is full SQLite rolls back by itself, which the driver does not notice: then it
  /// needs a new transaction.
  private boolean rolledBack() {
    try {
      connection.rollback();
      return true;
    } catch (SQLException nothingToRollBack) {
      try {
        execute(connection, "BEGIN");
        return true;
      } catch (SQLException e) {
        return false;
      }
    }
  }

  /// While the disk is full, looks now and then whether it still is.
  private void probe() {
    long now = System.nanoTime();
    if (!full || broken != null || now - probedNanos < PROBE_NANOS) {
      return;
    }
    probedNanos = now;
    try {
      execute(connection, "INSERT INTO room VALUES (zeroblob(%d))".formatted(PROBE_BYTES));
      connection.commit();
      full = false;
      execute(connection, "DELETE FROM room");
      connection.commit();
    } catch (SQLException e) {
      failed(e);
    }
  }

  private void run(Work.Task task) {
    try {
      Object result = task.query().run(connection);
      connection.commit();
      task.result().complete(result);
    } catch (SQLException e) {
      if ((e.getErrorCode() & 0xff) == SQLITE_IOERR) {
        failed(e);
      }
      rolledBack();
      task.result().completeExceptionally(e);
    }
  }

  /// Runs on the writer's thread: the connection has one user.
  @SuppressWarnings("unchecked")
  private <T> T ask(Query<T> query) {
    if (closing) {
      throw new IllegalStateException("the journal is closed");
    }
    var result = new CompletableFuture<Object>();
    queue.add(new Work.Task(query, result));
    try {
      return (T) result.join();
    } catch (CompletionException e) {
      throw new IllegalStateException("the journal cannot be read or changed", e.getCause());
    }
  }

  @Override
  public List<Entry> oldest(int count) {
    return ask(
        c -> {
          var entries = new ArrayList<Entry>();
          try (var select =
              c.prepareStatement(
                  "SELECT sequence, id, json, at FROM entry WHERE sequence > ?"
                      + " ORDER BY sequence LIMIT ?")) {
            select.setLong(1, readFrom);
            select.setInt(2, count);
            var rows = select.executeQuery();
            while (rows.next()) {
              if (entries.isEmpty()) {
                firstWaiting = rows.getLong(1);
                long at = rows.getLong(4);
                oldestMillis = rows.wasNull() ? oldestMillis : at;
              }
              entries.add(new Entry(rows.getLong(1), rows.getString(2), rows.getString(3)));
            }
          }
          return entries;
        });
  }

  @Override
  public void drop(long throughSequence) {
    long[] dropped =
        ask(
            c -> {
              long[] result = new long[2];
              try (var sum =
                      c.prepareStatement(
                          "SELECT count(*), coalesce(sum(length(json)), 0) FROM entry"
                              + " WHERE sequence > ? AND sequence <= ?");
                  var delete = c.prepareStatement("DELETE FROM entry WHERE sequence <= ?")) {
                sum.setLong(1, readFrom);
                sum.setLong(2, throughSequence);
                try (var row = sum.executeQuery()) {
                  result[0] = row.getLong(1);
                  result[1] = row.getLong(2) + result[0] * OVERHEAD_BYTES;
                }
                delete.setLong(1, throughSequence);
                delete(delete);
                readFrom = throughSequence;
              }
              return result;
            });
    firstWaiting = Math.max(firstWaiting, throughSequence + 1);
    bytes.addAndGet(-dropped[1]);
    depth.addAndGet(-dropped[0]);
  }

  /// Deletes what the database has, if the disk lets us: else it goes with what is dropped next, or
  /// is drained once more when the journal is opened again.
  private void delete(PreparedStatement delete) throws SQLException {
    if (broken != null) {
      return;
    }
    try {
      delete.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      if (!isFullDisk(e)) {
        throw e;
      }
      failed(e);
    }
  }

  @Override
  public void replace(String id, String json) {
    ask(
        c -> {
          try (var update = c.prepareStatement("UPDATE entry SET json = ?, crc = ? WHERE id = ?")) {
            update.setString(1, json);
            update.setLong(2, crc(id, json));
            update.setString(3, id);
            return update.executeUpdate();
          }
        });
  }

  @Override
  public Optional<String> find(String id) {
    return ask(
        c -> {
          try (var select = c.prepareStatement("SELECT json FROM entry WHERE id = ?")) {
            select.setString(1, id);
            var rows = select.executeQuery();
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.<String>empty();
          }
        });
  }

  @Override
  public long depth() {
    return depth.get();
  }

  @Override
  public long oldestSeconds() {
    return depth.get() == 0
        ? 0
        : Math.max(0, TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis() - oldestMillis));
  }

  @Override
  public long damaged() {
    return damaged.get();
  }

  @Override
  public Optional<String> failure() {
    return Optional.ofNullable(broken).map(SQLException::toString);
  }

  @Override
  public boolean isFull() {
    return full;
  }

  @Override
  public boolean isNearlyFull() {
    return bytes.get() > maxBytes / 5 * 4;
  }

  @Override
  public Run run() {
    return run;
  }

  @Override
  public Run next(boolean copied) {
    run =
        ask(
            c -> {
              try (var statement = c.createStatement();
                  var last =
                      statement.executeQuery("SELECT coalesce(max(sequence), -1) FROM entry")) {
                inherited = last.getLong(1);
              }
              return begin(copied);
            });
    return run;
  }

  @Override
  public boolean hasEarlier() {
    return depth.get() > 0 && firstWaiting <= inherited;
  }

  @Override
  public void close() {
    closing = true;
    try {
      writer.join(TimeUnit.SECONDS.toMillis(10));
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
