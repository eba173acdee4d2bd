package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// What providers say went wrong, in the contract's terms.
public final class Faults {
  private static final int MAX_MESSAGE_CHARACTERS = 500;

  /// Anything that may be a credential: bearer tokens, keys with a known beginning, long runs of
  /// key characters.
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i:bearer\\s+\\S+)"
              + "|\\b(?i:sk|pk|key|gsk|xai|api|csk|nvapi|fw|hf|r8|pplx|tgp|glpat)[-_][\\w*.…-]{4,}"
              + "|\\b(?:AIza|AKIA|ASIA|ya29\\.|eyJ|ABSK)[\\w*.…+/=-]{4,}"
              + "|(?<![\\w+/])[A-Za-z0-9+/_]{32,}={0,2}"
              + "|(?=[\\w+/-]*[A-Z])(?=[\\w+/-]*[a-z])(?=[\\w+/-]*\\d)[\\w+/-]{40,}");

  private static final Pattern TOO_LONG =
      Pattern.compile(
          "(?i)context.?length|context window|maximum context|prompt is too long|too many tokens"
              + "|input is too long|exceeds the maximum number of tokens|token count exceeds"
              + "|maximum prompt length");
  private static final Pattern AGAINST_POLICY =
      Pattern.compile(
          "(?i)content.?policy|content.?filter|ResponsibleAIPolicy|safety_check"
              + "|(?:was|were|been) flagged|usage (?:policy|policies|guidelines)");

  /// A request that is too large for what is left of a minute's tokens: Groq's 413. Only a code
  /// says so: messages repeat what callers wrote.
  private static final Pattern OVER_RATE = Pattern.compile("^rate_limit_exceeded\\b");

  private Faults() {}

  /// Reads the usual shapes: `{"error": {"message", "code"|"type"|"status"}}`, `{"error": ""}`,
  /// `{"message"}`, `{"detail"}`, `{"message": {"detail": [{"msg"}]}}`.
  public static UpstreamFault of(int status, byte[] body) {
    return Json.tryParse(body).map(tree -> of(status, tree)).orElseGet(() -> of(status, "", ""));
  }

  /// @param status HTTP; a good one means that the error was found in the body, and its code counts
  public static UpstreamFault of(int status, JsonNode tree) {
    JsonNode body = tree.isArray() && !tree.isEmpty() ? tree.path(0) : tree;
    JsonNode error = body.path("error").isObject() ? body.path("error") : body;
    String code =
        code(error, "code")
            .or(() -> code(error, "type"))
            .or(() -> code(error, "status"))
            .or(() -> code(error, "__type"))
            .orElse("");
    String message = message(body, error);
    int meant = status < 300 ? meant(error) : status;
    return of(meant == 400 ? ofAccount(message) : meant, message, code);
  }

  /// Some say with a 400 that the operator's own key or credit is at fault.
  private static int ofAccount(String message) {
    if (message.contains("API key not valid") || message.contains("API key expired")) {
      return 401;
    }
    return message.contains("credit balance is too low") ? 402 : 400;
  }

  /// Codes are words, or a status written as a number.
  private static Optional<String> code(JsonNode error, String member) {
    JsonNode code = error.path(member);
    return code.isIntegralNumber()
        ? Optional.empty()
        : Json.string(error, member).filter(word -> !word.isBlank() && !word.equals("error"));
  }

  private static int meant(JsonNode error) {
    String code = error.path("code").asString("");
    if (code.matches("[45]\\d\\d")) {
      return Integer.parseInt(code);
    }
    String word = Json.stringOr(error, "type", code);
    return switch (word) {
      case "rate_limit_exceeded", "rate_limit_error" -> 429;
      case "insufficient_quota" -> 402;
      case "invalid_request_error", "context_length_exceeded", "content_filter" -> 400;
      case "overloaded_error" -> 529;
      default -> 502;
    };
  }

  private static String message(JsonNode body, JsonNode error) {
    return words(error.path("message"))
        .or(() -> words(error.path("Message")))
        .or(() -> words(body.path("error")))
        .or(() -> words(error.path("detail")))
        .or(() -> words(error.path("errors")))
        .orElse("");
  }

  private static Optional<String> words(JsonNode said) {
    if (said.isString()) {
      return Optional.of(said.stringValue()).filter(words -> !words.isBlank());
    }
    if (said.isObject()) {
      return words(said.path("detail")).or(() -> words(said.path("message")));
    }
    var all = new ArrayList<String>();
    for (JsonNode one : said) {
      words(one.isObject() && one.has("msg") ? one.path("msg") : one).ifPresent(all::add);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", all));
  }

  public static UpstreamFault of(int status, String message, String code) {
    String said = message.isBlank() ? "Provider returned error" : clean(message);
    return new UpstreamFault(
        status,
        type(status, code + ' ' + message),
        said,
        code.isEmpty() ? Optional.empty() : Optional.of(clean(code)));
  }

  private static String type(int status, String words) {
    boolean asked = status == 400 || status == 413 || status == 422;
    if (asked && OVER_RATE.matcher(words).find()) {
      return "rate_limit_exceeded";
    }
    if (asked && TOO_LONG.matcher(words).find()) {
      return "context_length_exceeded";
    }
    if ((asked || status == 403) && AGAINST_POLICY.matcher(words).find()) {
      return "content_policy_violation";
    }
    return switch (status) {
      case 401 -> "authentication";
      case 402 -> "payment_required";
      case 403, 451 -> "permission_denied";
      case 404, 405, 410 -> "not_found";
      case 408, 504, 524 -> "timeout";
      case 412 -> "precondition_failed";
      case 413 -> "payload_too_large";
      case 422 -> "unprocessable";
      case 429, 498 -> "rate_limit_exceeded";
      case 503, 529 -> "provider_overloaded";
      default -> status >= 500 || status < 400 ? "provider_unavailable" : "invalid_request";
    };
  }

  /// Returns a provider's words without what may be a secret, of bounded length.
  public static String clean(String text) {
    String visible = text.replaceAll("[\\p{Cf}\\p{Cc}&&[^\\n\\t]]", "");
    String safe = SECRET.matcher(visible).replaceAll("[removed]");
    return safe.length() <= MAX_MESSAGE_CHARACTERS
        ? safe
        : safe.substring(0, MAX_MESSAGE_CHARACTERS) + "…";
  }
}
