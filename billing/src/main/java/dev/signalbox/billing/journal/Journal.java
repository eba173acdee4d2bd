package dev.signalbox.billing.journal;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;

/// Records on the local disk, from the moment they are due until the database has them.
public interface Journal extends AutoCloseable {
  /// One record.
  ///
  /// @param sequence its place in the journal
  /// @param json in UTF-8; never changed
  record Entry(long sequence, String id, byte[] json) {
    public String text() {
      return new String(json, StandardCharsets.UTF_8);
    }
  }

  /// Appends a record; completes when it is on the disk. An id that comes twice is kept twice: the
  /// ledger takes the first.
  ///
  /// @param json in UTF-8; not to be changed any more
  /// @param patienceNanos how long it may wait for others that share its way to the disk
  Mono<Void> append(String id, byte[] json, long patienceNanos);

  /// Appends a record that waits for no other.
  default Mono<Void> append(String id, byte[] json) {
    return append(id, json, 0);
  }

  /// Returns the oldest records: some of those that wait, if any do.
  List<Entry> oldest(int count);

  /// Drops every record up to a place: the database has them.
  void drop(long throughSequence);

  /// Puts another record in the place of one that is still here.
  void replace(String id, byte[] json);

  /// Finds the text of a record that is still here.
  Optional<String> find(String id);

  /// Returns how many records wait.
  long depth();

  /// Returns how long the oldest record has waited.
  long oldestSeconds();

  /// Returns how many records were found damaged, and set aside.
  long damaged();

  /// Returns why nothing can be appended any more, ever: the disk failed.
  Optional<String> failure();

  /// Returns whether the disk has no room at present; looked at again by itself.
  boolean isFull();

  /// Returns whether so much waits that nothing new may be begun.
  boolean isNearlyFull();

  /// Which journal this is, and which of its openings.
  Run run();

  /// Begins another run without a new opening: what was lent to the last one is lost to it.
  ///
  /// @param copied the journal is a copy of another, which goes on under its name
  Run next(boolean copied);

  /// From now on, what waits counts as of earlier runs.
  void inherit();

  /// Returns whether records of earlier runs still wait.
  boolean hasEarlier();

  @Override
  void close();

  /// @param epoch rises with each
  record Run(UUID journal, long epoch) {}
}
