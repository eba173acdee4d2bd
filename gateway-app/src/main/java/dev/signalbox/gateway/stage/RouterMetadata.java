package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.UsageRecord.AttemptRecord;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The `openrouter_metadata` of an answer (contract, section 3.16).
final class RouterMetadata {
  private static final JsonMapper JSON = new JsonMapper();

  private RouterMetadata() {}

  /// @param attempt the successful one, from 1; 0 when none was
  static String json(
      RoutingPlan plan, List<AttemptRecord> attempts, int attempt, @Nullable Candidate selected) {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put(
        "requested",
        plan.candidates().isEmpty() ? "" : plan.candidates().getFirst().requestedModel());
    metadata.put("strategy", plan.strategy());
    metadata.put("region", null);
    metadata.put(
        "summary",
        "available=%d, selected=%s"
            .formatted(
                plan.candidates().size(),
                selected == null ? "none" : selected.endpoint().provider().name()));
    metadata.put("attempt", attempt);
    metadata.put("is_byok", false);
    metadata.put(
        "endpoints",
        Map.of(
            "total",
            plan.candidates().size() + plan.excluded().size(),
            "available",
            plan.candidates().stream().map(candidate -> row(candidate, selected)).toList()));
    if (!attempts.isEmpty()) {
      metadata.put("attempts", attempts.stream().map(RouterMetadata::row).toList());
    }
    return JSON.writeValueAsString(metadata);
  }

  private static Map<String, Object> row(Candidate candidate, @Nullable Candidate selected) {
    var row = new LinkedHashMap<String, Object>();
    row.put("provider", candidate.endpoint().provider().name());
    row.put("model", candidate.endpoint().model().slug());
    row.put("selected", candidate == selected);
    return row;
  }

  private static Map<String, Object> row(AttemptRecord attempt) {
    var row = new LinkedHashMap<String, Object>();
    row.put("provider", attempt.providerName());
    row.put("model", attempt.model());
    row.put("status", attempt.status().orElse(0));
    return row;
  }
}
