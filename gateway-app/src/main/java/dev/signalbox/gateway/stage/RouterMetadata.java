package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.UsageRecord.AttemptRecord;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataRegion;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.RouterSlug;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The `openrouter_metadata` of an answer.
final class RouterMetadata {
  private static final JsonMapper JSON = new JsonMapper();

  private RouterMetadata() {}

  /// Returns whether an error is told with metadata: when it was asked for, and the error is
  /// neither ours, nor about the caller's credential or rate.
  static boolean isToldWith(Problem problem, Call call) {
    return call.headers().wantsMetadata()
        && switch (problem.status()) {
          case 401, 429, 500 -> false;
          default -> true;
        };
  }

  /// @param planned null where nothing could serve the request
  /// @param attempt the successful one, from 1; 0 when none was
  static String json(
      Call call,
      @Nullable Planned planned,
      List<AttemptRecord> attempts,
      int attempt,
      @Nullable Candidate selected) {
    List<Candidate> available = planned == null ? List.of() : planned.plan().candidates();
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("requested", requested(call, available));
    metadata.put(
        "strategy",
        planned != null ? planned.plan().strategy() : unplanned(call.glance().models()));
    metadata.put("region", planned == null ? null : region(planned.request()));
    metadata.put(
        "summary",
        "available=%d, selected=%s"
            .formatted(
                available.size(),
                selected == null ? "none" : selected.endpoint().provider().name()));
    metadata.put("attempt", attempt);
    metadata.put("is_byok", selected != null && selected.own());
    var endpoints = new LinkedHashMap<String, Object>();
    endpoints.put(
        "total",
        planned == null
            ? listed(call)
            : available.size() + planned.plan().spared().size() + planned.plan().excluded().size());
    endpoints.put(
        "available", available.stream().map(candidate -> row(candidate, selected)).toList());
    metadata.put("endpoints", endpoints);
    if (!attempts.isEmpty()) {
      metadata.put("attempts", attempts.stream().map(RouterMetadata::row).toList());
    }
    if (planned != null && selected != null) {
      chosen(planned, selected).ifPresent(stage -> metadata.put("pipeline", List.of(stage)));
    }
    return JSON.writeValueAsString(metadata);
  }

  private static String unplanned(List<String> models) {
    return models.size() > 1
        ? "fallback"
        : models.stream()
            .flatMap(model -> RouterSlug.of(model).stream())
            .map(RouterSlug::strategy)
            .findFirst()
            .orElse("direct");
  }

  /// The stage that chose the model, where one did.
  private static Optional<Map<String, Object>> chosen(Planned planned, Candidate selected) {
    return RouterSlug.of(selected.requestedModel())
        .filter(router -> !router.slug().equals(selected.endpoint().model().slug()))
        .filter(RouterSlug::choosesByTask)
        .map(
            router -> {
              AutoWish wish = planned.request().auto();
              var stage = new LinkedHashMap<String, Object>();
              stage.put("type", "plugin");
              stage.put("name", router.plugin());
              stage.put(
                  "summary",
                  "task=%s, cost=%s, model=%s"
                      .formatted(
                          wish.task().word(),
                          wish.band().word(),
                          selected.endpoint().model().slug()));
              stage.put(
                  "data", Map.of("task_type", wish.task().word(), "cost", wish.band().word()));
              return stage;
            });
  }

  /// The region that the request, its key or its account keeps prompts in.
  private static @Nullable String region(RoutingRequest request) {
    return request
        .preferences()
        .dataRegion()
        .or(() -> request.defaults().dataRegion())
        .map(DataRegion::word)
        .orElse(null);
  }

  /// The caller's own word for the model; a default model has none but ours.
  private static String requested(Call call, List<Candidate> available) {
    if (!call.glance().models().isEmpty()) {
      return call.glance().models().getFirst();
    }
    return available.isEmpty() ? "" : available.getFirst().requestedModel();
  }

  /// The live endpoints of the models asked for, all of which something excluded.
  private static long listed(Call call) {
    Catalog catalog = call.offer().catalog();
    return call.glance().models().stream()
        .flatMap(name -> catalog.model(name.split(":")[0]).stream())
        .distinct()
        .flatMap(model -> catalog.endpointsOf(model).stream())
        .filter(Endpoint::live)
        .count();
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
