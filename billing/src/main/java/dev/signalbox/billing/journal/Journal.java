package dev.signalbox.billing.journal;

import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/// Records on the local disk, from the moment they are due until the database has them.
public interface Journal extends AutoCloseable {
  /// One record.
  ///
  /// @param sequence its place in the journal
  record Entry(long sequence, String id, String json) {}

  /// Appends a record; completes when it is on the disk.
  Mono<Void> append(String id, String json);

  /// Returns the oldest records.
  List<Entry> oldest(int count);

  /// Drops every record up to a place: the database has them.
  void drop(long throughSequence);

  /// Finds a record that is still here.
  Optional<String> find(String id);

  /// Returns how many records wait.
  long depth();

  @Override
  void close();
}
