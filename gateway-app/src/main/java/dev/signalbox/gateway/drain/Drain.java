package dev.signalbox.gateway.drain;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;

/// Lets running generations finish before the gateway stops: readiness goes down first, new
/// requests are refused, and the server closes only when nothing runs or the grace is over; what
/// runs then is cut off before.
public final class Drain implements SmartLifecycle {
  /// The first to stop: before the web server, which would refuse connections at once.
  public static final int PHASE = Integer.MAX_VALUE;

  private static final Logger log = LoggerFactory.getLogger(Drain.class);
  private static final Duration POLL = Duration.ofMillis(50);

  /// For the records of what is cut, and the last bytes to its callers.
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  private final ApplicationContext context;
  private final Duration grace;
  private final AtomicInteger running = new AtomicInteger();
  private volatile Runnable cut = () -> {};
  private volatile boolean started;
  private volatile boolean refusing;

  public Drain(ApplicationContext context, Duration grace) {
    this.context = context;
    this.grace = grace;
  }

  /// Returns whether new work must be turned away.
  public boolean isRefusing() {
    return refusing;
  }

  public void enter() {
    running.incrementAndGet();
  }

  public void leave() {
    running.decrementAndGet();
  }

  /// Runs something when what still runs is not waited for any longer: it is to end at once.
  public void atLast(Runnable cut) {
    this.cut = cut;
  }

  /// Returns how many generations run now.
  public int running() {
    return running.get();
  }

  @Override
  public void start() {
    refusing = false;
    started = true;
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public void stop(Runnable done) {
    refusing = true;
    started = false;
    AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
    Thread.ofVirtual()
        .name("drain")
        .start(
            () -> {
              awaitQuiet();
              done.run();
            });
  }

  private void awaitQuiet() {
    int atStart = running.get();
    int left = atStart;
    try {
      left = awaitQuiet(grace);
      if (left > 0) {
        // Before the server closes: their callers are told, and not taken for having left.
        cut.run();
        awaitQuiet(LAST_WORDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.info("Drained: {} generations were running, {} were cut", atStart, left);
  }

  /// Returns how many run still.
  private int awaitQuiet(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (running.get() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(POLL);
    }
    return running.get();
  }

  @Override
  public boolean isRunning() {
    return started;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
