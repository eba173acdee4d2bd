package dev.signalbox.gateway.upstream;

import static dev.signalbox.gateway.upstream.UpstreamFailure.Blame.CALLER;
import static dev.signalbox.gateway.upstream.UpstreamFailure.Blame.NOBODY;
import static dev.signalbox.gateway.upstream.UpstreamFailure.Blame.PROVIDER;
import static dev.signalbox.gateway.upstream.UpstreamFailure.Next.ENDPOINT;
import static dev.signalbox.gateway.upstream.UpstreamFailure.Next.MODEL;

import java.util.Locale;

/// Every way an attempt fails before the first byte of an answer: what the caller sees when nothing
/// else works, whose fault it is, and what is tried next.
public enum UpstreamFailure {
  UNREACHABLE(502, "provider_unavailable", PROVIDER, ENDPOINT, true),
  TIMED_OUT(504, "timeout", PROVIDER, ENDPOINT, true),
  RATE_LIMITED(429, "rate_limit_exceeded", NOBODY, ENDPOINT, true),
  OVERLOADED(503, "provider_overloaded", PROVIDER, ENDPOINT, true),
  SERVER_ERROR(502, "provider_unavailable", PROVIDER, ENDPOINT, true),
  MALFORMED(502, "provider_unavailable", PROVIDER, ENDPOINT, true),
  BAD_CREDENTIALS(502, "provider_unavailable", PROVIDER, ENDPOINT, false),
  FORBIDDEN(502, "provider_unavailable", NOBODY, ENDPOINT, false),
  MODEL_MISSING(404, "not_found", PROVIDER, ENDPOINT, false),
  UNTRANSLATABLE(400, "invalid_request", CALLER, ENDPOINT, false),
  CONTEXT_TOO_LONG(400, "context_length_exceeded", CALLER, ENDPOINT, false),
  REFUSED(403, "content_policy_violation", CALLER, MODEL, false),
  REJECTED(400, "invalid_request", CALLER, MODEL, false);

  /// Whose fault a failure is; only the provider's counts against an endpoint's health.
  public enum Blame {
    PROVIDER,
    CALLER,
    NOBODY
  }

  /// What may still work: another endpoint of the same model, or only another model.
  public enum Next {
    ENDPOINT,
    MODEL
  }

  private final int status;
  private final String errorType;
  private final Blame blame;
  private final Next next;
  private final boolean transientFailure;

  UpstreamFailure(int status, String errorType, Blame blame, Next next, boolean transientFailure) {
    this.status = status;
    this.errorType = errorType;
    this.blame = blame;
    this.next = next;
    this.transientFailure = transientFailure;
  }

  /// Returns the kind of failure that an HTTP status means.
  ///
  /// @param errorType what the body says, in the contract's terms
  public static UpstreamFailure ofStatus(int status, String errorType) {
    switch (errorType) {
      case "context_length_exceeded":
        return CONTEXT_TOO_LONG;
      case "content_policy_violation", "refusal":
        return REFUSED;
      case "rate_limit_exceeded":
        return RATE_LIMITED;
      default:
        break;
    }
    return switch (status) {
      case 401, 402 -> BAD_CREDENTIALS;
      // Some do not serve everywhere, or not everybody.
      case 403, 451 -> FORBIDDEN;
      // No caller has a say in the path or the method: a model that was, or never was, there.
      case 404, 405, 410 -> MODEL_MISSING;
      case 408, 504, 524 -> TIMED_OUT;
      // Groq says so that its flex tier is full.
      case 429, 498 -> RATE_LIMITED;
      case 503, 529 -> OVERLOADED;
      default -> {
        if (status >= 500) {
          yield SERVER_ERROR;
        }
        yield status >= 400 ? REJECTED : MALFORMED;
      }
    };
  }

  public int status() {
    return status;
  }

  public String errorType() {
    return errorType;
  }

  public Blame blame() {
    return blame;
  }

  public Next next() {
    return next;
  }

  /// Returns whether the same request may well succeed a little later.
  public boolean isTransient() {
    return transientFailure;
  }

  /// Returns whether the endpoint is left alone for a while, though no fault is counted: it has
  /// refused this gateway, and will refuse the next request as well.
  public boolean coolsDown() {
    return this == RATE_LIMITED || this == FORBIDDEN;
  }

  /// A short name for metrics and records.
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
