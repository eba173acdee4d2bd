package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.Activity;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.problem.Problem;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/// `GET /activity`: an account's last 30 finished UTC days.
@RestController
@RequestMapping({"/api/v1", "/v1"})
final class ActivityEndpoint {
  private final Callers callers;
  private final Activity activity;
  private final CatalogHolder catalog;
  private final Clock clock = Clock.systemUTC();

  ActivityEndpoint(Callers callers, Activity activity, CatalogHolder catalog) {
    this.callers = callers;
    this.activity = activity;
    this.catalog = catalog;
  }

  @GetMapping("/activity")
  Mono<Map<String, Object>> activity(
      ServerHttpRequest request,
      @RequestParam(name = "date", required = false) @Nullable String date,
      @RequestParam(name = "api_key_hash", required = false) @Nullable String keyHash,
      @RequestParam(name = "workspace_id", required = false) @Nullable UUID workspace,
      @RequestParam(name = "user_id", required = false) @Nullable String user,
      @RequestParam(name = "group_by", required = false) @Nullable String group) {
    return callers
        .management(request)
        .flatMapMany(
            caller -> {
              if (keyHash != null && !keyHash.matches("[0-9a-f]{64}")) {
                throw Problem.invalidRequest("api_key_hash: must be 64 lowercase hex digits");
              }
              if (group != null && !group.equals("workspace")) {
                throw Problem.invalidRequest("group_by: must be workspace");
              }
              var filter =
                  new Activity.Filter(
                      date == null ? null : day(date), keyHash, workspace, group != null);
              // No account here has members: none of them did anything.
              return user == null
                  ? activity.of(caller.accountId(), filter)
                  : reactor.core.publisher.Flux.empty();
            })
        .map(this::row)
        .collectList()
        .map(ActivityEndpoint::data);
  }

  private static Map<String, Object> data(List<Map<String, Object>> rows) {
    return Map.of("data", rows);
  }

  private LocalDate day(String text) {
    LocalDate today = LocalDate.now(clock);
    try {
      LocalDate day = LocalDate.parse(text);
      if (day.isBefore(today) && !day.isBefore(today.minusDays(Activity.DAYS))) {
        return day;
      }
    } catch (DateTimeException e) {
      throw Problem.invalidRequest("date: must be of the form YYYY-MM-DD");
    }
    throw Problem.invalidRequest("date: must be within the last 30 completed UTC days");
  }

  private Map<String, Object> row(Activity.Row row) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("date", row.date().toString());
    body.put("model", row.model());
    body.put(
        "model_permaslug",
        catalog
            .current()
            .catalog()
            .model(row.model())
            .map(Model::canonicalSlug)
            .orElse(row.model()));
    body.put("endpoint_id", row.endpointId());
    body.put("provider_name", row.providerName());
    body.put("requests", row.requests());
    body.put("prompt_tokens", row.promptTokens());
    body.put("completion_tokens", row.completionTokens());
    body.put("reasoning_tokens", row.reasoningTokens());
    body.put("usage", KeyBody.number(row.charged()));
    body.put("byok_usage_inference", KeyBody.number(row.byok()));
    row.workspace().ifPresent(workspace -> body.put("workspace_id", workspace.toString()));
    return body;
  }
}
