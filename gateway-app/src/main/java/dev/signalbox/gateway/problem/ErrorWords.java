package dev.signalbox.gateway.problem;

/// What the other APIs call the contract's typed codes.
public final class ErrorWords {
  private ErrorWords() {}

  /// Returns the `error.type` of Anthropic's Messages.
  public static String anthropic(String errorType) {
    return switch (errorType) {
      case "authentication" -> "authentication_error";
      case "permission_denied" -> "permission_error";
      case "payment_required" -> "billing_error";
      case "not_found", "image_not_found" -> "not_found_error";
      case "rate_limit_exceeded" -> "rate_limit_error";
      case "provider_overloaded" -> "overloaded_error";
      case "timeout" -> "timeout_error";
      case "provider_unavailable", "server", "unmapped" -> "api_error";
      default -> "invalid_request_error";
    };
  }

  /// Returns the `error.code` of OpenAI's Responses.
  public static String responses(String errorType) {
    return switch (errorType) {
      case "rate_limit_exceeded" -> "rate_limit_exceeded";
      case "content_policy_violation" -> "image_content_policy_violation";
      case "invalid_image", "image_too_large", "image_too_small" -> errorType;
      case "unsupported_image_format" -> "unsupported_image_media_type";
      case "image_download_failed" -> "failed_to_download_image";
      case "authentication",
          "permission_denied",
          "payment_required",
          "not_found",
          "image_not_found",
          "provider_overloaded",
          "timeout",
          "provider_unavailable",
          "server",
          "unmapped" ->
          "server_error";
      default -> "invalid_prompt";
    };
  }
}
