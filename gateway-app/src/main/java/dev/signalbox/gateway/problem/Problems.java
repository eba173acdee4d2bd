package dev.signalbox.gateway.problem;

import dev.signalbox.billing.account.KeysUnavailableException;
import dev.signalbox.billing.credit.CreditUnavailableException;
import dev.signalbox.billing.credit.InsufficientCreditException;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.routing.UnroutableException;
import io.r2dbc.spi.R2dbcException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;

/// Turns whatever went wrong into a [Problem].
public final class Problems {
  private static final Logger log = LoggerFactory.getLogger(Problems.class);

  private Problems() {}

  public static Problem of(Throwable error) {
    return switch (error) {
      case Problem problem -> problem;
      case UnroutableException unroutable -> of(unroutable);
      case MalformedJsonException malformed -> notJson(malformed);
      case CreditUnavailableException _ ->
          Problem.unavailable("Service temporarily unavailable").header("Retry-After", "2");
      case KeysUnavailableException _ ->
          Problem.unavailable("Service temporarily unavailable").header("Retry-After", "1");
      case InsufficientCreditException _ ->
          Problem.of(402, "payment_required", "Insufficient credits.");
      case DataBufferLimitException _ -> tooLarge();
      case ErrorResponse known -> of(known);
      case R2dbcException _,
          DataAccessResourceFailureException _,
          TransientDataAccessException _,
          CannotCreateTransactionException _,
          TimeoutException _ ->
          Problem.unavailable("Service temporarily unavailable").header("Retry-After", "1");
      default -> bug(error);
    };
  }

  public static Problem notJson(MalformedJsonException malformed) {
    return Problem.invalidRequest("The body is not valid JSON: " + malformed.getMessage());
  }

  public static Problem tooLarge() {
    return Problem.of(413, "payload_too_large", "Request payload too large");
  }

  private static Problem of(UnroutableException unroutable) {
    var a = unroutable.availability();
    var availability = new LinkedHashMap<String, Object>();
    availability.put("code", a.code());
    availability.put("retryable", a.retryable());
    availability.put("requested_models", a.requestedModels());
    availability.put("docs_url", "/docs/routing.md");
    putUnlessEmpty(availability, "excluded_by", a.excludedBy());
    putUnlessEmpty(availability, "affected_providers", a.affectedProviders());
    putUnlessEmpty(availability, "fallback_models", a.fallbackModels());
    if (!a.constraintField().isEmpty()) {
      availability.put(
          "constraint", Map.of("field", a.constraintField(), "detail", a.constraintDetail()));
    }
    Problem problem =
        Problem.of(a.status(), a.errorType(), String.valueOf(unroutable.getMessage()))
            .beside("availability", availability);
    if (!a.requestedProviders().isEmpty()) {
      problem =
          problem
              .with("available_providers", a.availableProviders())
              .with("requested_providers", a.requestedProviders());
    }
    return problem;
  }

  private static void putUnlessEmpty(Map<String, Object> map, String key, List<String> values) {
    if (!values.isEmpty()) {
      map.put(key, values);
    }
  }

  private static Problem of(ErrorResponse known) {
    int status = known.getStatusCode().value();
    return switch (status) {
      case 404 -> Problem.notFound("Resource not found");
      case 405 -> Problem.of(405, "invalid_request", "Method not allowed");
      case 413 -> tooLarge();
      case 415 -> Problem.of(415, "invalid_request", "Unsupported content type");
      case 503 -> Problem.unavailable("Service temporarily unavailable");
      default ->
          status < 500
              ? Problem.of(status, "invalid_request", "Invalid request parameters")
              : bug((Throwable) known);
    };
  }

  private static Problem bug(Throwable error) {
    log.error("A request failed for a reason of our own", error);
    return Problem.of(500, "server", "Internal Server Error");
  }
}
