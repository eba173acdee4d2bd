package dev.signalbox.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.health.VitalsBoard.Listing;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RowsTest {
  private static final Endpoint ENDPOINT = Endpoints.target(Dialect.OPENAI).endpoint();
  private static final Listing MEASURED =
      new Listing(
          Optional.of(new Percentiles(0.8, 1.2, 2, 4)),
          Optional.of(new Percentiles(120, 90, 60, 31)),
          1,
          0.999,
          -1);

  /// In milliseconds, tokens per second and per cent.
  @Test
  void c179AnEndpointsRowIsInTheContractsUnits() {
    Map<String, Object> row = Rows.endpoint(ENDPOINT, Health.STABLE, MEASURED, true);
    assertThat(row).containsEntry("status", 0);
    assertThat(row).containsEntry("uptime_last_5m", 100.0);
    assertThat(row).containsEntry("uptime_last_30m", 99.9);
    assertThat(row).containsEntry("uptime_last_1d", null);
    assertThat(row)
        .containsEntry(
            "latency_last_30m", Map.of("p50", 800.0, "p75", 1200.0, "p90", 2000.0, "p99", 4000.0));
    assertThat(row).containsEntry("throughput_last_30m", new Percentiles(120, 90, 60, 31));
  }

  @Test
  void c179WithoutAKeyThereAreNoMeasurements() {
    Map<String, Object> row = Rows.endpoint(ENDPOINT, Health.DOWN, MEASURED, false);
    assertThat(row).containsEntry("latency_last_30m", null);
    assertThat(row).containsEntry("throughput_last_30m", null);
    assertThat(row).containsEntry("status", -2);
  }
}
