package dev.signalbox.gateway.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an operator is told.
record Reply(int status, Map<String, Object> body) {
  static Reply data(Object data) {
    return new Reply(200, Map.of("data", data));
  }

  static Reply created(Object data) {
    return new Reply(201, Map.of("data", data));
  }

  static Reply page(List<?> rows, long total) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("data", rows);
    body.put("total_count", total);
    return new Reply(200, body);
  }

  static Reply deleted() {
    return new Reply(200, Map.of("deleted", true));
  }
}
