package dev.signalbox.gateway.admin;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.gateway.account.Fields;
import dev.signalbox.gateway.problem.Problem;
import java.util.Optional;
import java.util.UUID;
import org.springframework.web.reactive.function.server.ServerRequest;

/// One request of an operator's, whose body was read.
///
/// @param operator whose key it came with
record AdminRequest(ServerRequest request, ApiKey operator, byte[] body) {
  private static final long MOST_ROWS = 100;

  /// Who is named in the audit log.
  String actor() {
    return operator.hash();
  }

  Fields fields(String... known) {
    return Fields.of(body).only(known);
  }

  String path(String name) {
    String value = request.pathVariable(name);
    // A variable that takes the rest of the path has its slash.
    return value.startsWith("/") ? value.substring(1) : value;
  }

  UUID id() {
    return Fields.uuid("id", path("id"));
  }

  Optional<String> query(String name) {
    return request.queryParam(name).filter(value -> !value.isEmpty());
  }

  long offset() {
    return number("offset", 0, 0, Long.MAX_VALUE);
  }

  int limit() {
    return (int) number("limit", 50, 1, MOST_ROWS);
  }

  private long number(String name, long preset, long least, long most) {
    Optional<String> text = query(name);
    if (text.isEmpty()) {
      return preset;
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Problem.invalidRequest(name + ": out of range");
  }
}
