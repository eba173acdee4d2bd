package dev.signalbox.gateway.admin;

import dev.signalbox.billing.account.AuditLog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// Who changed what, and whether that is still as it was written.
final class AuditDesk {
  private static final JsonMapper JSON = new JsonMapper();

  private final AuditLog audit;

  AuditDesk(AuditLog audit) {
    this.audit = audit;
  }

  List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get("/audit", this::list), AdminRoute.get("/audit/verify", this::verify));
  }

  private Mono<AdminReply> list(AdminRequest asked) {
    var filter =
        new AuditLog.Filter(
            asked.query("actor").orElse(null),
            asked.query("action").orElse(null),
            asked.query("subject").orElse(null));
    return audit
        .list(filter, asked.offset(), asked.limit())
        .map(AuditDesk::body)
        .collectList()
        .map(AdminReply::data);
  }

  private static Map<String, Object> body(AuditLog.Entry entry) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", entry.id());
    body.put("at", entry.at().toString());
    body.put("actor", entry.actor());
    body.put("action", entry.action());
    body.put("subject", entry.subject());
    body.put("detail", JSON.readTree(entry.detail()));
    return body;
  }

  private Mono<AdminReply> verify(AdminRequest asked) {
    return audit
        .verify()
        .map(
            verdict -> {
              Map<String, @Nullable Object> body = new LinkedHashMap<>();
              body.put("entries", verdict.entries());
              body.put("intact", verdict.firstBroken().isEmpty());
              body.put("first_broken", verdict.firstBroken().orElse(null));
              return AdminReply.data(AccountDesk.plain(body));
            });
  }
}
