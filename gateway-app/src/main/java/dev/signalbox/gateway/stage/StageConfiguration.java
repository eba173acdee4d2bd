package dev.signalbox.gateway.stage;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.billing.account.ApiKeys;
import dev.signalbox.billing.ledger.Ledger;
import dev.signalbox.billing.limit.BoughtCredit;
import dev.signalbox.billing.limit.FreeModelCaps;
import dev.signalbox.billing.limit.PostgresPermits;
import dev.signalbox.billing.limit.RateLimits;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.gateway.cache.ResponseCache;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.drain.Drain;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.observe.GenerationMetrics;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.HostRules;
import dev.signalbox.gateway.plan.LongPrompts;
import dev.signalbox.gateway.plan.OwnKeys;
import dev.signalbox.gateway.plan.Pins;
import dev.signalbox.gateway.plan.Planner;
import dev.signalbox.gateway.preset.Presets;
import dev.signalbox.gateway.problem.ProblemHandler;
import dev.signalbox.gateway.route.SurfaceLine;
import dev.signalbox.gateway.settings.Settings;
import dev.signalbox.gateway.tokens.TokenCounter;
import dev.signalbox.gateway.toolcheck.ToolCheck;
import dev.signalbox.gateway.upstream.Upstreams;
import dev.signalbox.vitals.Health;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

/// Puts the line together.
@Configuration(proxyBeanMethods = false)
class StageConfiguration {
  private static final Duration DRAIN_MARGIN = Duration.ofSeconds(15);

  @Bean
  Breakers breakers(MeterRegistry registry) {
    var breakers = new Breakers(Breakers.Rule.DEFAULT, System::nanoTime);
    breakers.onFirstTried(
        endpoint -> {
          for (Health health : Health.values()) {
            Gauge.builder(
                    "signalbox.breaker.state",
                    breakers,
                    known -> known.healthOf(endpoint) == health ? 1 : 0)
                .tags("endpoint", endpoint.value(), "state", health.name().toLowerCase(Locale.ROOT))
                .register(registry);
          }
        });
    return breakers;
  }

  @Bean
  VitalsBoard vitalsBoard(Breakers breakers) {
    return new VitalsBoard(breakers, System::currentTimeMillis);
  }

  @Bean(destroyMethod = "dispose")
  Upstreams upstreams(
      MeterRegistry registry,
      @Value("${signalbox.upstream.max-connections:2000}") int maxConnections,
      @Value("${signalbox.upstream.max-pending:5000}") int maxPending,
      HostRules hosts) {
    var upstreams =
        new Upstreams(
            Settings.atLeast(1, "SIGNALBOX_UPSTREAM_MAX_CONNECTIONS", maxConnections),
            Settings.atLeast(0, "SIGNALBOX_UPSTREAM_MAX_PENDING", maxPending),
            hosts);
    upstreams.observe(registry);
    return upstreams;
  }

  /// The framework's own limit for its phases must not cut a longer grace short.
  @Bean
  Drain drain(
      ApplicationContext context,
      DefaultLifecycleProcessor lifecycle,
      @Value("${signalbox.drain.grace:10m}") Duration grace) {
    lifecycle.setTimeoutForShutdownPhase(Drain.PHASE, grace.plus(DRAIN_MARGIN).toMillis());
    return new Drain(context, Settings.atLeast(Duration.ZERO, "SIGNALBOX_DRAIN_GRACE", grace));
  }

  @Bean
  GenerationMetrics generationMetrics(MeterRegistry registry, Drain drain) {
    Gauge.builder("signalbox.streams.open", drain, Drain::running).register(registry);
    return new GenerationMetrics(registry);
  }

  @Bean(destroyMethod = "dispose")
  TokenCounter tokenCounter() {
    return new TokenCounter();
  }

  @Bean(destroyMethod = "close")
  ToolCheck toolCheck(VitalsBoard vitals) {
    return new ToolCheck(vitals);
  }

  @Bean(destroyMethod = "close")
  RateLimits rateLimits(DatabaseClient database, DatabaseAddress address) {
    return new RateLimits(new PostgresPermits(database, DatabaseConfiguration.factory(address)));
  }

  @Bean
  Limiting limiting(
      RateLimits limits,
      DatabaseClient database,
      @Value("${signalbox.free-models.requests-per-minute:20}") long perMinute,
      @Value("${signalbox.free-models.requests-per-day:50}") long perDay,
      @Value("${signalbox.free-models.requests-per-day-with-credits:1000}") long withCredits,
      @Value("${signalbox.free-models.credits-needed:10}") long creditsNeeded) {
    return new Limiting(
        limits,
        new BoughtCredit(database),
        new FreeModelCaps(
            Settings.atLeast(0L, "SIGNALBOX_FREE_MODELS_REQUESTS_PER_MINUTE", perMinute),
            Settings.atLeast(0L, "SIGNALBOX_FREE_MODELS_REQUESTS_PER_DAY", perDay),
            Settings.atLeast(
                0L, "SIGNALBOX_FREE_MODELS_REQUESTS_PER_DAY_WITH_CREDITS", withCredits),
            Settings.atLeast(0L, "SIGNALBOX_FREE_MODELS_CREDITS_NEEDED", creditsNeeded)));
  }

  @Bean
  Watch watch(Drain drain) {
    var watch = new Watch();
    drain.atLast(watch::cut);
    return watch;
  }

  @Bean
  ProblemHandler problemHandler() {
    return new ProblemHandler();
  }

  @Bean
  Translations translations() {
    return new Translations();
  }

  @Bean
  Admission admission(
      MeterRegistry registry, @Value("${signalbox.inbound.max-running:20000}") int maxRunning) {
    var admission = new Admission(Settings.atLeast(1, "SIGNALBOX_INBOUND_MAX_RUNNING", maxRunning));
    Gauge.builder("signalbox.admission.refused.share", admission, Admission::share)
        .register(registry);
    return admission;
  }

  @Bean
  LoopWatch loopWatch(Admission admission) {
    return new LoopWatch(HttpResources.get().onServer(LoopResources.DEFAULT_NATIVE), admission);
  }

  @Bean
  ResponseCache responseCache(
      @Value("${signalbox.response-cache.max-bytes:67108864}") long maxBytes,
      @Value("${signalbox.response-cache.max-entry-bytes:2097152}") int maxEntryBytes) {
    return new ResponseCache(
        Settings.atLeast(0L, "SIGNALBOX_RESPONSE_CACHE_MAX_BYTES", maxBytes),
        Settings.atLeast(0, "SIGNALBOX_RESPONSE_CACHE_MAX_ENTRY_BYTES", maxEntryBytes),
        Ticker.systemTicker());
  }

  @Bean
  SurfaceLine surfaceLine(
      Translations translations,
      Upstreams upstreams,
      Ledger ledger,
      Limiting limiting,
      OwnKeys ownKeys,
      Breakers breakers,
      VitalsBoard vitals,
      TokenCounter tokens,
      LongPrompts longPrompts,
      ToolCheck toolCheck,
      Pins pins,
      Planner planner,
      Presets presets,
      ResponseCache responses,
      GenerationMetrics metrics,
      Watch watch,
      Drain drain,
      ApiKeys keys,
      CatalogHolder catalog,
      Admission admission,
      @Value("${signalbox.max-body-bytes:20971520}") int maxBodyBytes) {
    Settings.atLeast(1, "SIGNALBOX_MAX_BODY_BYTES", maxBodyBytes);
    var tools =
        new Tools(
            translations,
            upstreams,
            ledger,
            limiting,
            ownKeys,
            breakers,
            vitals,
            tokens,
            longPrompts,
            toolCheck,
            pins,
            presets,
            new Remembering(responses, ledger),
            metrics,
            watch,
            drain);
    return (Surface surface) ->
        new Line(surface, keys, catalog, planner, tools, admission, maxBodyBytes);
  }
}
