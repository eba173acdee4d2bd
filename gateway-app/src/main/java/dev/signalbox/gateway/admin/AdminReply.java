package dev.signalbox.gateway.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an operator is told.
record AdminReply(int status, Map<String, Object> body) {
  static AdminReply data(Object data) {
    return new AdminReply(200, Map.of("data", data));
  }

  static AdminReply created(Object data) {
    return new AdminReply(201, Map.of("data", data));
  }

  static AdminReply page(List<?> rows, long total) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("data", rows);
    body.put("total_count", total);
    return new AdminReply(200, body);
  }

  static AdminReply deleted() {
    return new AdminReply(200, Map.of("deleted", true));
  }
}
