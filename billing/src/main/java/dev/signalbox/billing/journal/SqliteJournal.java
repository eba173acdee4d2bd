package dev.signalbox.billing.journal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/// A journal in an SQLite file: one writer, which commits whatever has gathered while it was busy
/// with the last commit.
///
/// A failed sync is never tried again: the kernel may have dropped what it could not write. The
/// journal is then broken for good, and says so to everyone.
public final class SqliteJournal implements Journal {
  private static final int MAX_BATCH = 2048;

  private final Connection connection;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final AtomicLong depth = new AtomicLong();
  private final Thread writer;
  private volatile @Nullable SQLException broken;
  private volatile boolean closing;

  private sealed interface Work {
    record Append(String id, String json, MonoSink<Void> done) implements Work {}

    record Task(Query<?> query, CompletableFuture<Object> result) implements Work {}
  }

  private interface Query<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private SqliteJournal(Connection connection) {
    this.connection = connection;
    this.writer = Thread.ofPlatform().daemon().name("signalbox-journal").unstarted(this::write);
  }

  /// Opens the journal in a directory.
  ///
  /// @throws IllegalStateException if another process has it open
  public static SqliteJournal open(Path directory) {
    try {
      Files.createDirectories(directory);
      Connection connection =
          DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
      try (var statement = connection.createStatement()) {
        statement.execute("PRAGMA locking_mode=EXCLUSIVE");
        statement.execute("PRAGMA journal_mode=WAL");
        statement.execute("PRAGMA synchronous=FULL");
        statement.execute(
            "CREATE TABLE IF NOT EXISTS entry (sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
                + " id TEXT NOT NULL UNIQUE, json TEXT NOT NULL)");
      }
      connection.setAutoCommit(false);
      var journal = new SqliteJournal(connection);
      try (var statement = connection.createStatement();
          var result = statement.executeQuery("SELECT count(*) FROM entry")) {
        journal.depth.set(result.getLong(1));
      }
      connection.commit();
      journal.writer.start();
      return journal;
    } catch (SQLException | java.io.IOException e) {
      throw new IllegalStateException(
          "The journal in %s cannot be opened; does another Signalbox use it?".formatted(directory),
          e);
    }
  }

  @Override
  public Mono<Void> append(String id, String json) {
    return Mono.create(
        sink -> {
          if (closing) {
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
          connection.prepareStatement("INSERT OR IGNORE INTO entry (id, json) VALUES (?, ?)")) {
        for (Work.Append append : batch) {
          insert.setString(1, append.id());
          insert.setString(2, append.json());
          insert.addBatch();
        }
        int added = 0;
        for (int count : insert.executeBatch()) {
          added += count;
        }
        connection.commit();
        depth.addAndGet(added);
      } catch (SQLException e) {
        failure = e;
        broken = e;
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

  private void run(Work.Task task) {
    try {
      Object result = task.query().run(connection);
      connection.commit();
      task.result().complete(result);
    } catch (SQLException e) {
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
    return (T) result.join();
  }

  @Override
  public List<Entry> oldest(int count) {
    return ask(
        c -> {
          var entries = new ArrayList<Entry>();
          try (var select =
              c.prepareStatement(
                  "SELECT sequence, id, json FROM entry ORDER BY sequence LIMIT ?")) {
            select.setInt(1, count);
            var rows = select.executeQuery();
            while (rows.next()) {
              entries.add(new Entry(rows.getLong(1), rows.getString(2), rows.getString(3)));
            }
          }
          return entries;
        });
  }

  @Override
  public void drop(long throughSequence) {
    int dropped =
        ask(
            c -> {
              try (var delete = c.prepareStatement("DELETE FROM entry WHERE sequence <= ?")) {
                delete.setLong(1, throughSequence);
                return delete.executeUpdate();
              }
            });
    depth.addAndGet(-dropped);
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
