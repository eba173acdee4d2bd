package dev.signalbox.gateway.problem;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// A request that ends in an error of the caller's, ours or the providers' making, in the
/// contract's words. Thrown before the first byte of an answer.
public final class Problem extends RuntimeException {
  private final int status;
  private final String errorType;
  private final Map<String, Object> metadata;
  private final Map<String, Object> siblings;
  private final Map<String, String> headers;

  private Problem(
      int status,
      String errorType,
      String message,
      Map<String, Object> metadata,
      Map<String, Object> siblings,
      Map<String, String> headers) {
    super(message, null, false, false);
    this.status = status;
    this.errorType = errorType;
    this.metadata = metadata;
    this.siblings = siblings;
    this.headers = headers;
  }

  /// @param errorType the contract's typed code
  public static Problem of(int status, String errorType, String message) {
    return new Problem(status, errorType, message, Map.of(), Map.of(), Map.of());
  }

  public static Problem invalidRequest(String message) {
    return of(400, "invalid_request", message);
  }

  public static Problem unauthenticated(String message) {
    return of(401, "authentication", message);
  }

  public static Problem forbidden(String message) {
    return of(403, "permission_denied", message);
  }

  public static Problem notFound(String message) {
    return of(404, "not_found", message);
  }

  public static Problem unavailable(String message) {
    return of(503, "provider_overloaded", message);
  }

  /// Adds a value to `error.metadata`.
  public Problem with(String key, Object value) {
    return new Problem(
        status, errorType, getMessage(), plus(metadata, key, value), siblings, headers);
  }

  /// Adds a value to the error object itself, beside `metadata`: `availability`.
  public Problem beside(String key, Object value) {
    return new Problem(
        status, errorType, getMessage(), metadata, plus(siblings, key, value), headers);
  }

  public Problem header(String name, String value) {
    return new Problem(
        status, errorType, getMessage(), metadata, siblings, plus(headers, name, value));
  }

  private static <V> Map<String, V> plus(Map<String, V> map, String key, V value) {
    var copy = new LinkedHashMap<>(map);
    copy.put(key, value);
    return copy;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  public int status() {
    return status;
  }

  public String errorType() {
    return errorType;
  }

  public Map<String, Object> metadata() {
    return metadata;
  }

  public Map<String, Object> siblings() {
    return siblings;
  }

  public Map<String, String> headers() {
    return headers;
  }
}
