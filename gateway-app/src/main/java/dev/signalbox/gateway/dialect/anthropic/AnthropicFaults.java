package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import tools.jackson.databind.JsonNode;

/// What Anthropic says went wrong. In the middle of a stream its error's type stands for a status.
public final class AnthropicFaults {
  private AnthropicFaults() {}

  static UpstreamFault of(int status, byte[] body) {
    return Faults.of(status, body);
  }

  public static UpstreamFault inStream(JsonNode event) {
    int status =
        switch (Json.stringOr(event.path("error"), "type", "")) {
          case "overloaded_error" -> 529;
          case "rate_limit_error" -> 429;
          case "invalid_request_error" -> 400;
          case "authentication_error" -> 401;
          case "billing_error" -> 402;
          case "permission_error" -> 403;
          case "not_found_error" -> 404;
          case "request_too_large" -> 413;
          case "timeout_error" -> 504;
          default -> 502;
        };
    return Faults.of(status, event);
  }
}
