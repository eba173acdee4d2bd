package dev.signalbox.gateway.toolcheck;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.health.VitalsBoard;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Looks into the tool calls of answers that are over, on a thread of its own, and tells the vitals
/// whether they could be made. With too many waiting already, an answer is not looked into.
public final class ToolCheck implements AutoCloseable {
  private static final int MAX_WAITING = 256;
  private static final int IDLE_SECONDS = 60;

  private final VitalsBoard vitals;
  private final ThreadPoolExecutor worker;

  public ToolCheck(VitalsBoard vitals) {
    this.vitals = vitals;
    worker =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task -> Thread.ofPlatform().daemon().name("tool-check").unstarted(task),
            new ThreadPoolExecutor.DiscardPolicy());
    worker.allowCoreThreadTimeOut(true);
  }

  /// @param glance what was asked
  /// @param calls what the endpoint answered
  public void look(EndpointId endpoint, Glance glance, ToolCalls calls) {
    // Of several choices, one's calls cannot be told from another's.
    if (!glance.members().has("n") && calls.areWhole() && vitals.wantsToolAnswer(endpoint)) {
      glance.body().hold();
      worker.execute(() -> judge(endpoint, glance, calls));
    }
  }

  private void judge(EndpointId endpoint, Glance glance, ToolCalls calls) {
    try {
      OfferedTools.of(glance)
          .ifPresent(
              tools -> vitals.toolAnswer(endpoint, calls.made().stream().allMatch(tools::allow)));
    } finally {
      glance.body().letGo();
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
