package dev.signalbox.gateway.route;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.plan.Shares;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the router knows of an endpoint at the moment somebody looks.
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class LiveScore {
  private final Endpoint endpoint;
  private final VitalsBoard board;
  private final Shares shares;

  LiveScore(Endpoint endpoint, VitalsBoard board, Shares shares) {
    this.endpoint = endpoint;
    this.board = board;
    this.shares = shares;
  }

  private Vitals vitals() {
    return board.snapshot().of(endpoint.id());
  }

  /// Its chance to be tried first for a plain request for its model.
  @JsonProperty
  public double share() {
    return shares.of(endpoint);
  }

  @JsonProperty
  public String promptPrice() {
    return endpoint.listPricing().price(Item.PROMPT).toPlainString();
  }

  @JsonProperty
  public String completionPrice() {
    return endpoint.listPricing().price(Item.COMPLETION).toPlainString();
  }

  @JsonProperty
  public String health() {
    return vitals().health().name().toLowerCase(Locale.ROOT);
  }

  @JsonProperty
  public @Nullable Percentiles latencySeconds() {
    return vitals().latencySeconds().orElse(null);
  }

  @JsonProperty
  public @Nullable Percentiles tokensPerSecond() {
    return vitals().tokensPerSecond().orElse(null);
  }

  @JsonProperty
  public long successes() {
    return vitals().successes();
  }

  @JsonProperty
  public long failures() {
    return vitals().failures();
  }
}
