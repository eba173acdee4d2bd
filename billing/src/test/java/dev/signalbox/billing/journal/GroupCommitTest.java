package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class GroupCommitTest {
  private static final long VERY = TimeUnit.SECONDS.toNanos(5);

  private final Queue<List<String>> batches = new ConcurrentLinkedQueue<>();
  private final GroupCommit commits = new GroupCommit(this::commit);

  private void commit(List<GroupCommit.Append> batch) {
    batches.add(batch.stream().map(GroupCommit.Append::id).toList());
    batch.forEach(append -> append.done().success());
  }

  private CompletableFuture<Void> add(String id, long patienceNanos) {
    return Mono.<Void>create(
            sink ->
                commits.add(
                    new GroupCommit.Append(id, new byte[1], new byte[1], patienceNanos, sink)))
        .toFuture();
  }

  @AfterEach
  void close() {
    commits.close();
  }

  @Test
  void afterPatientRecordsTheNextGather() {
    add("a", VERY).join();
    CompletableFuture<Void> second = add("b", VERY);
    CompletableFuture<Void> third = add("c", 0);
    assertThat(second).isNotDone();
    commits.close();
    assertThat(CompletableFuture.allOf(second, third)).succeedsWithin(1, TimeUnit.SECONDS);
    assertThat(batches).containsExactly(List.of("a"), List.of("b", "c"));
  }

  @Test
  void afterAnImpatientRecordTheNextWaitsForNobody() {
    add("a", 0).join();
    assertThat(add("b", VERY)).succeedsWithin(VERY / 2, TimeUnit.NANOSECONDS);
    assertThat(batches).containsExactly(List.of("a"), List.of("b"));
  }
}
