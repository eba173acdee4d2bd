package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// What providers say went wrong, in the contract's terms.
public final class Faults {
  private static final int MAX_MESSAGE_CHARACTERS = 500;
  private static final Pattern SECRET =
      Pattern.compile("(?i)\\b(?:sk-|AIza|AKIA|ya29\\.|Bearer\\s+)[\\w.*\\-]{4,}");
  private static final Pattern TOO_LONG =
      Pattern.compile(
          "(?i)context.?length|context window|maximum context|prompt is too long|too many tokens"
              + "|input is too long|exceeds the maximum number of tokens");

  private Faults() {}

  /// Reads the usual shapes: `{"error": {"message", "type"|"code"|"status"}}`, `{"message"}`.
  public static UpstreamFault of(int status, byte[] body) {
    return Json.tryParse(body).map(tree -> of(status, tree)).orElseGet(() -> of(status, "", ""));
  }

  public static UpstreamFault of(int status, JsonNode tree) {
    JsonNode body = tree.isArray() && !tree.isEmpty() ? tree.path(0) : tree;
    JsonNode error = body.path("error").isObject() ? body.path("error") : body;
    String code =
        Json.string(error, "type")
            .or(() -> Json.string(error, "status"))
            .or(() -> Json.string(error, "code"))
            .or(() -> Json.string(error, "__type"))
            .orElse("");
    String message =
        Json.string(error, "message")
            .or(() -> Json.string(error, "Message"))
            .or(() -> Json.string(body, "error"))
            .or(() -> Json.string(error, "detail"))
            .orElse("");
    return of(status, message, code);
  }

  public static UpstreamFault of(int status, String message, String code) {
    String said = message.isBlank() ? "Provider returned error" : clean(message);
    return new UpstreamFault(
        status,
        type(status, message),
        said,
        code.isEmpty() ? Optional.empty() : Optional.of(clean(code)));
  }

  private static String type(int status, String message) {
    if ((status == 400 || status == 413 || status == 422) && TOO_LONG.matcher(message).find()) {
      return "context_length_exceeded";
    }
    return switch (status) {
      case 400 -> "invalid_request";
      case 401 -> "authentication";
      case 402 -> "payment_required";
      case 403 -> "permission_denied";
      case 404 -> "not_found";
      case 408, 504, 524 -> "timeout";
      case 412 -> "precondition_failed";
      case 413 -> "payload_too_large";
      case 422 -> "unprocessable";
      case 429 -> "rate_limit_exceeded";
      case 503, 529 -> "provider_overloaded";
      default -> status >= 500 ? "provider_unavailable" : "invalid_request";
    };
  }

  private static String clean(String text) {
    String safe = SECRET.matcher(text).replaceAll("[removed]");
    return safe.length() <= MAX_MESSAGE_CHARACTERS
        ? safe
        : safe.substring(0, MAX_MESSAGE_CHARACTERS) + "…";
  }
}
