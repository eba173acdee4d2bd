package dev.signalbox.gateway.plan;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.Vitals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An account of a plan as JSON.
final class ExplainedBody {
  private static final MathContext TWELVE_DIGITS = new MathContext(12);

  private final Breakers breakers;

  ExplainedBody(Breakers breakers) {
    this.breakers = breakers;
  }

  Map<String, Object> of(Explained explained) {
    RoutingRequest request = explained.request();
    List<Standing> endpoints = explained.explanation().endpoints();
    var body = new LinkedHashMap<String, @Nullable Object>();
    body.put("requested", request.models());
    body.put("strategy", explained.explanation().strategy());
    body.put("estimated_prompt_tokens", request.promptTokens());
    body.put(
        "max_tokens", request.maxTokens().isPresent() ? request.maxTokens().getAsLong() : null);
    body.put("service_tier", request.serviceTier().orElse(null));
    body.put("preferences", preferences(request.preferences()));
    body.put("defaults", preferences(request.defaults()));
    body.put("sticky", sticky(explained));
    if (!explained.explanation().choices().isEmpty()) {
      body.put("choices", explained.explanation().choices().stream().map(ChoiceBody::of).toList());
    }
    body.put(
        "attempts",
        endpoints.stream()
            .filter(standing -> standing.position().isPresent())
            .sorted(Comparator.comparingInt(standing -> standing.position().getAsInt()))
            .map(ExplainedBody::attempt)
            .toList());
    body.put("endpoints", endpoints.stream().map(this::row).toList());
    return plain(body);
  }

  /// What was said; what was left open is left out.
  private static Map<String, Object> preferences(Preferences preferences) {
    var said = new LinkedHashMap<String, Object>();
    if (!preferences.order().isEmpty()) {
      said.put("order", preferences.order());
    }
    preferences.only().ifPresent(only -> said.put("only", only.stream().sorted().toList()));
    if (!preferences.ignore().isEmpty()) {
      said.put("ignore", preferences.ignore().stream().sorted().toList());
    }
    preferences.allowFallbacks().ifPresent(allowed -> said.put("allow_fallbacks", allowed));
    putIf(said, "require_parameters", preferences.requireParameters());
    putIf(said, "zdr", preferences.zdr());
    putIf(said, "enforce_distillable_text", preferences.distillableOnly());
    if (preferences.denyDataCollection()) {
      said.put("data_collection", "deny");
    }
    if (!preferences.quantizations().isEmpty()) {
      said.put("quantizations", preferences.quantizations().stream().sorted().toList());
    }
    preferences.sort().ifPresent(sort -> said.put("sort", sort.name().toLowerCase(Locale.ROOT)));
    preferences
        .partition()
        .ifPresent(partition -> said.put("partition", partition.name().toLowerCase(Locale.ROOT)));
    putIf(said, "max_price", preferences.maxPrice());
    putIf(said, "preferred_min_throughput", preferences.minThroughput());
    putIf(said, "preferred_max_latency", preferences.maxLatency());
    preferences.dataRegion().ifPresent(region -> said.put("data_region", region.word()));
    return said;
  }

  private static void putIf(Map<String, Object> said, String name, boolean value) {
    if (value) {
      said.put(name, true);
    }
  }

  private static void putIf(Map<String, Object> said, String name, Map<String, ?> values) {
    if (!values.isEmpty()) {
      said.put(name, values);
    }
  }

  private static Map<String, Object> sticky(Explained explained) {
    Sticky sticky = explained.sticky();
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("source", explained.conversation().map(known -> known.origin().word()).orElse(null));
    row.put("decision", sticky.word());
    row.put("why", sticky.why());
    row.put(
        "endpoint",
        sticky == Sticky.PINNED || sticky == Sticky.HASHED
            ? explained.first().map(first -> first.endpoint().id().value()).orElse(null)
            : null);
    return plain(row);
  }

  private static Map<String, Object> attempt(Standing standing) {
    var row = new LinkedHashMap<String, Object>();
    row.put("endpoint", standing.endpoint().id().value());
    row.put("provider", standing.endpoint().provider().name());
    row.put("model", standing.endpoint().model().slug());
    return row;
  }

  private Map<String, Object> row(Standing standing) {
    Endpoint endpoint = standing.endpoint();
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("endpoint", endpoint.id().value());
    row.put("provider", endpoint.provider().name());
    row.put("tag", endpoint.tag());
    row.put("model", endpoint.model().slug());
    row.put("requested", standing.requestedModel());
    row.put("service_tier", endpoint.serviceTier());
    row.put("price", price(standing));
    row.put("health", health(standing));
    row.put("latency_seconds", standing.vitals().latencySeconds().orElse(null));
    row.put("tokens_per_second", standing.vitals().tokensPerSecond().orElse(null));
    row.put("thresholds", unlessEmpty(standing.thresholds()));
    row.put("tool_quality", unlessEmpty(standing.quality()));
    row.put(
        "tool_calls",
        Map.of(
            "answers", standing.vitals().toolAnswers(),
            "errors", standing.vitals().toolErrors()));
    row.put("probability", standing.share());
    row.put("position", standing.position().isPresent() ? standing.position().getAsInt() : null);
    row.put("excluded", standing.exclusion().map(ExplainedBody::exclusion).orElse(null));
    return plain(row);
  }

  /// What callers pay, in USD per unit, and what this request is expected to cost.
  private static Map<String, Object> price(Standing standing) {
    Pricing pricing = standing.endpoint().listPricing();
    var row = new LinkedHashMap<String, Object>();
    pricing
        .prices()
        .forEach(
            (item, price) ->
                row.put(
                    item.key(),
                    price.signum() == 0 ? "0" : price.stripTrailingZeros().toPlainString()));
    if (pricing.discount().signum() != 0) {
      row.put("discount", pricing.discount());
    }
    row.put(
        "expected_usd", new BigDecimal(standing.expectedUsd(), TWELVE_DIGITS).stripTrailingZeros());
    return row;
  }

  private Map<String, Object> health(Standing standing) {
    Vitals vitals = standing.vitals();
    long all = vitals.successes() + vitals.failures();
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("state", vitals.health().name().toLowerCase(Locale.ROOT));
    row.put("record", standing.record());
    row.put(
        "cool_down_seconds",
        breakers
            .coolDown(standing.endpoint().id())
            .map(left -> left.toMillis() / 1000.0)
            .orElse(null));
    row.put("uptime_last_5m", all == 0 ? null : 100.0 * vitals.successes() / all);
    row.put("requests_last_5m", all);
    return plain(row);
  }

  private static Map<String, Object> exclusion(Exclusion exclusion) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("by", exclusion.constraint());
    row.put("field", unlessEmpty(exclusion.why().field()));
    row.put("reason", exclusion.reason());
    return plain(row);
  }

  private static @Nullable String unlessEmpty(String text) {
    return text.isEmpty() ? null : text;
  }

  /// Values may be null; who turns them into JSON knows.
  @SuppressWarnings("unchecked")
  private static Map<String, Object> plain(Map<String, ?> row) {
    return (Map<String, Object>) row;
  }
}
