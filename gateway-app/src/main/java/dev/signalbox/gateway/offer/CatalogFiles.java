package dev.signalbox.gateway.offer;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.offer.CatalogLoader.Source;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;

/// The catalog's files, and what operators changed on top of them: loaded at start, looked at every
/// second, and put in force when they change and are good. A broken file never replaces a good
/// catalog.
///
/// Contents are compared, not dates: a directory mounted from a cluster is swapped under a link.
public final class CatalogFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CatalogFiles.class);
  private static final String SANDBOX = "catalog/sandbox.yaml";
  private static final List<String> SHIPPED = List.of(SANDBOX, "catalog/default.yaml");

  private final List<Path> paths;
  private final Function<String, @Nullable String> environment;
  private final MeterRegistry registry;
  private final HostRules hosts;
  private final CatalogHolder holder;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("signalbox-catalog").unstarted(task));
  private List<Source> seen;

  /// Looked at by the clock alone.
  private boolean unreadable;

  private Overlay overlay = Overlay.NONE;
  private long revision = 1;

  /// @param paths the operator's files; none means the shipped ones
  /// @throws InvalidCatalogException if the first load fails
  public CatalogFiles(
      List<Path> paths,
      Function<String, @Nullable String> environment,
      MeterRegistry registry,
      HostRules hosts) {
    this.hosts = hosts;
    this.paths = List.copyOf(paths);
    this.environment = environment;
    this.registry = registry;
    try {
      seen = read();
    } catch (IOException e) {
      throw new InvalidCatalogException(List.of(e.getMessage() + ": cannot be read"));
    }
    holder = new CatalogHolder(CatalogLoader.load(seen, environment, revision));
    gauge("live", true);
    gauge("dormant", false);
    // From the start: of a counter that begins at 1, an alert on its increase sees none.
    reloads("ok");
    reloads("failed");
    if (!paths.isEmpty()) {
      clock.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }
  }

  private void gauge(String state, boolean live) {
    Gauge.builder(
            "signalbox.catalog.endpoints",
            holder,
            h -> h.current().catalog().endpoints().filter(e -> e.live() == live).count())
        .tag("state", state)
        .register(registry);
  }

  public CatalogHolder holder() {
    return holder;
  }

  private List<Source> read() throws IOException {
    var sources = new ArrayList<Source>();
    if (paths.isEmpty()) {
      for (String name : SHIPPED) {
        if (name.equals(SANDBOX) && environment.apply("SIGNALBOX_SANDBOX_URL") == null) {
          continue;
        }
        var resource = new ClassPathResource(name);
        sources.add(new Source(name, resource.getContentAsString(StandardCharsets.UTF_8)));
      }
    }
    for (Path path : paths) {
      sources.add(new Source(path.getFileName().toString(), Files.readString(path)));
    }
    return sources;
  }

  private void look() {
    try {
      List<Source> now = read();
      unreadable = false;
      synchronized (this) {
        if (!now.equals(seen)) {
          seen = now;
          load();
        }
      }
    } catch (IOException away) {
      unreadable(away);
    } catch (RuntimeException broken) {
      refused(broken);
    }
  }

  /// Counted at every look, so that the alert stays; told once.
  private void unreadable(IOException away) {
    count("failed");
    if (!unreadable) {
      log.error(
          "The catalog cannot be read; the last good one stays: {} ({})",
          away.getMessage(),
          away.getClass().getSimpleName());
    }
    unreadable = true;
  }

  /// Lays operators' changes over the files, in place of those before.
  synchronized void lay(Overlay changes) {
    if (!changes.equals(overlay)) {
      overlay = changes;
      load();
    }
  }

  /// Returns what would be offered with these changes.
  ///
  /// @throws InvalidCatalogException with everything that is wrong
  public Offer check(Overlay changes) {
    List<Source> files;
    synchronized (this) {
      files = seen;
    }
    return CatalogLoader.load(files, changes, hosts, environment, 0);
  }

  private void load() {
    try {
      Offer offer = CatalogLoader.load(seen, overlay, hosts, environment, ++revision);
      holder.replace(offer);
      count("ok");
      log.info(
          "Catalog reloaded: {} live endpoints",
          offer.catalog().endpoints().filter(Endpoint::live).count());
    } catch (RuntimeException broken) {
      refused(broken);
    }
  }

  private void refused(Exception broken) {
    count("failed");
    log.error("The catalog is broken; the last good one stays: {}", broken.getMessage());
  }

  private void count(String outcome) {
    reloads(outcome).increment();
  }

  private Counter reloads(String outcome) {
    return registry.counter("signalbox.catalog.reloads", "outcome", outcome);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
