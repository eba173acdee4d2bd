package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.billing.ledger.UsageRecord;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.observe.GenerationMetrics;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.plugin.Pipeline;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an answer costs, as the ledger and the caller are told it.
record Settlement(UsageRecord record, Receipt receipt, Charging charging) {
  /// @param fault why the answer broke off, if it did
  /// @param cancelled the caller has left
  static Settlement of(
      Call call,
      Hold hold,
      Planned planned,
      Try attempt,
      Charging.Due due,
      Optional<UpstreamFault> fault,
      boolean cancelled,
      Trail trail,
      int tried,
      long now) {
    Ending ending = due.ending();
    var charging = Charging.of(due, hold);
    var record =
        Recording.of(call, attempt, ending, charging, fault, cancelled, trail.attempts(), now);
    Optional<String> metadata =
        call.headers().wantsMetadata()
            ? Optional.of(
                withStage(
                    RouterMetadata.json(call, planned, trail.attempts(), tried, attempt.candidate),
                    attempt.fitted.stage()))
            : Optional.empty();
    var receipt =
        new Receipt(
            ending.usage(),
            charging.charged(),
            charging.upstream(),
            attempt.candidate.own(),
            ending.serviceTier().or(() -> tier(attempt.candidate.endpoint())),
            metadata);
    return new Settlement(record, receipt, charging);
  }

  /// The tier that was asked of a provider that does not say what it served.
  private static Optional<String> tier(Endpoint endpoint) {
    return Optional.of(endpoint.serviceTier()).filter(tier -> !tier.equals("default"));
  }

  private static String withStage(String metadata, @Nullable String stage) {
    return stage == null ? metadata : Pipeline.with(metadata, stage);
  }

  void count(GenerationMetrics metrics, Call call, Try attempt, String outcome, long now) {
    metrics.answered(
        call.glance().surface().key(),
        attempt.candidate.endpoint(),
        outcome,
        receipt.usage(),
        charging.charged(),
        charging.upstream().total(),
        attempt.firstTokenNanos - call.startNanos(),
        now - call.startNanos());
  }
}
