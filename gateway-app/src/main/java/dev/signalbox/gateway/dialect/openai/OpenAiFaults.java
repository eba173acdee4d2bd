package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.UpstreamFault;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads errors of OpenAI's format, and of the many that are nearly it.
final class OpenAiFaults {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_MESSAGE_CHARS = 500;

  /// Anything that may be a credential: bearer tokens, keys with a prefix, long runs of key
  /// characters.
  private static final Pattern SECRETS =
      Pattern.compile(
          "(?i)bearer\\s+\\S+|\\b(sk|pk|key|gsk|xai|api)[-_][\\w*.-]{6,}|[A-Za-z0-9_\\-+/*]{28,}");

  private OpenAiFaults() {}

  static UpstreamFault read(int status, byte[] body) {
    try {
      return of(status, JSON.readTree(body));
    } catch (JacksonException _) {
      return new UpstreamFault(
          status, errorType(status, "", ""), "Provider returned error", Optional.empty());
    }
  }

  /// @param body the whole error body, or an error event
  static UpstreamFault of(int status, @Nullable JsonNode body) {
    JsonNode root = body == null ? JSON.nullNode() : body;
    JsonNode error = root.path("error");
    String message =
        error.isString()
            ? error.asString("")
            : error.path("message").asString(root.path("message").asString(""));
    String code = error.path("code").asString(error.path("type").asString(""));
    int meant = status;
    if (status == 200) {
      int inside = error.path("code").asInt(0);
      meant = inside >= 400 && inside < 600 ? inside : 502;
    }
    return new UpstreamFault(
        meant,
        errorType(meant, code, message),
        clean(message),
        code.isEmpty() ? Optional.empty() : Optional.of(clean(code)));
  }

  private static String clean(String message) {
    if (message.isBlank()) {
      return "Provider returned error";
    }
    String shown = SECRETS.matcher(message).replaceAll("[removed]");
    return shown.length() <= MAX_MESSAGE_CHARS ? shown : shown.substring(0, MAX_MESSAGE_CHARS);
  }

  private static String errorType(int status, String code, String message) {
    String words = (code + ' ' + message).toLowerCase(Locale.ROOT);
    if (status < 500
        && (words.contains("context_length")
            || words.contains("maximum context")
            || words.contains("context window")
            || words.contains("too many tokens"))) {
      return "context_length_exceeded";
    }
    if (status < 500 && (words.contains("content_policy") || words.contains("content_filter"))) {
      return "content_policy_violation";
    }
    return switch (status) {
      case 401 -> "authentication";
      case 402 -> "payment_required";
      case 403 -> "permission_denied";
      case 404 -> "not_found";
      case 408, 504, 524 -> "timeout";
      case 413 -> "payload_too_large";
      case 422 -> "unprocessable";
      case 429 -> "rate_limit_exceeded";
      case 503, 529 -> "provider_overloaded";
      default -> status >= 500 ? "provider_unavailable" : "invalid_request";
    };
  }
}
