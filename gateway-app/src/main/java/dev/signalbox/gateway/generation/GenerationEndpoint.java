package dev.signalbox.gateway.generation;

import dev.signalbox.billing.ledger.UsageRecord;
import dev.signalbox.billing.ledger.UsageRecords;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.problem.Problem;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `GET /generation?id=`: what one answer consumed, cost and took. Visible as soon as its answer
/// has ended, to its own account only.
@RestController
class GenerationEndpoint {
  private static final JsonMapper JSON = new JsonMapper();

  private final UsageRecords records;
  private final Callers callers;

  GenerationEndpoint(UsageRecords records, Callers callers) {
    this.records = records;
    this.callers = callers;
  }

  @GetMapping({"/api/v1/generation", "/v1/generation"})
  Mono<Map<String, Object>> generation(
      ServerHttpRequest request, @RequestParam(defaultValue = "") String id) {
    return callers
        .any(request)
        .doOnNext(
            _ -> {
              if (id.isEmpty()) {
                throw Problem.invalidRequest("id: missing");
              }
              if (!id.chars().allMatch(c -> c > ' ' && c < 127)) {
                throw Problem.notFound("Generation not found");
              }
            })
        .flatMap(key -> records.find(id, key.accountId()))
        .map(row -> Map.<String, Object>of("data", data(JSON.readTree(row))))
        .switchIfEmpty(
            Mono.error(() -> Problem.notFound("Generation %.64s not found".formatted(id))));
  }

  private static Map<String, Object> data(JsonNode row) {
    var data = new LinkedHashMap<String, Object>();
    long prompt =
        sum(
            row,
            "fresh_prompt_tokens",
            "image_prompt_tokens",
            "audio_prompt_tokens",
            "cache_read_tokens",
            "audio_cache_read_tokens",
            "cache_write_tokens",
            "cache_write_1h_tokens");
    long completion =
        sum(
            row,
            "visible_tokens",
            "reasoning_tokens",
            "audio_completion_tokens",
            "image_completion_tokens");
    BigDecimal charged = amount(row, "charged");
    copy(row, data, "id", "upstream_id");
    data.put("request_id", text(row, "id"));
    data.put("created_at", UsageRecord.moment(row.path("id").asString()).toString());
    copy(row, data, "model", "provider_name", "router");
    data.put("preset_id", null);
    copy(row, data, "session_id", "external_user");
    data.put("app_id", null);
    data.put("workspace_id", null);
    data.put("api_type", "embeddings".equals(text(row, "surface")) ? "embeddings" : "completions");
    data.put("data_region", "global");
    String referer = text(row, "http_referer");
    data.put("origin", referer == null ? "" : referer);
    copy(row, data, "http_referer", "user_agent", "finish_reason", "native_finish_reason");
    data.put("cancelled", row.path("cancelled").asBoolean(false));
    data.put("streamed", row.path("streamed").asBoolean(false));
    copy(row, data, "service_tier");
    data.put("latency", number(row, "latency_ms"));
    data.put("generation_time", number(row, "generation_ms"));
    data.put("moderation_latency", null);
    data.put("tokens_prompt", prompt);
    data.put("tokens_completion", completion);
    data.put("native_tokens_prompt", prompt);
    data.put("native_tokens_completion", completion);
    data.put("native_tokens_reasoning", sum(row, "reasoning_tokens"));
    data.put("native_tokens_cached", sum(row, "cache_read_tokens", "audio_cache_read_tokens"));
    data.put("native_tokens_completion_images", sum(row, "image_completion_tokens"));
    for (String absent :
        List.of(
            "num_media_prompt",
            "num_input_audio_prompt",
            "num_media_completion",
            "num_search_results",
            "num_fetches",
            "web_search_engine")) {
      data.put(absent, null);
    }
    data.put("total_cost", charged);
    data.put("usage", charged);
    boolean byok = row.path("byok").asBoolean(false);
    data.put("upstream_inference_cost", byok ? upstream(row) : null);
    data.put("cache_discount", null);
    data.put("is_byok", byok);
    boolean again = "cache_hit".equals(text(row.path("attempts").path(0), "outcome"));
    data.put("response_cache_source_id", again ? text(row, "upstream_id") : null);
    data.put("provider_responses", attempts(row));
    return data;
  }

  private static List<Map<String, Object>> attempts(JsonNode row) {
    var attempts = new ArrayList<Map<String, Object>>();
    for (JsonNode attempt : row.path("attempts")) {
      var one = new LinkedHashMap<String, Object>();
      one.put("provider_name", text(attempt, "provider_name"));
      one.put("endpoint_id", text(attempt, "endpoint_id"));
      one.put("id", null);
      one.put("model_permaslug", text(attempt, "model"));
      one.put("is_byok", attempt.path("byok").asBoolean(false));
      one.put("latency", number(attempt, "latency"));
      one.put("status", number(attempt, "status"));
      one.put("routed_service_tier", attempt.path("service_tier").asString("default"));
      attempts.add(one);
    }
    return attempts;
  }

  private static void copy(JsonNode row, Map<String, Object> data, String... names) {
    for (String name : names) {
      data.put(name, text(row, name));
    }
  }

  private static @org.jspecify.annotations.Nullable String text(JsonNode row, String name) {
    JsonNode value = row.path(name);
    return value.isString() ? value.asString() : null;
  }

  private static @org.jspecify.annotations.Nullable Long number(JsonNode row, String name) {
    JsonNode value = row.path(name);
    return value.isNumber() ? value.asLong() : null;
  }

  /// The journal has amounts as texts, the database as numbers.
  private static BigDecimal amount(JsonNode row, String name) {
    return new BigDecimal(row.path(name).asString("0")).stripTrailingZeros();
  }

  private static BigDecimal upstream(JsonNode row) {
    return amount(row, "upstream_prompt_cost")
        .add(amount(row, "upstream_completion_cost"))
        .add(amount(row, "upstream_other_cost"));
  }

  private static long sum(JsonNode row, String... names) {
    long sum = 0;
    for (String name : names) {
      sum += row.path(name).asLong(0);
    }
    return sum;
  }
}
