package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.plan.Planner;
import dev.signalbox.gateway.plugin.ContextCompression;
import dev.signalbox.routing.UnroutableException;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import java.util.List;
import java.util.Optional;

/// A plan that, where a prompt fits nowhere, counts on its being shortened: for endpoints with half
/// of the context that it needs, else for the largest.
final class ShortenedPlan {
  private ShortenedPlan() {}

  /// @throws UnroutableException if nothing could serve the request even so
  static Planned of(Planner planner, Call call) {
    try {
      return plan(planner, call, call.glance());
    } catch (UnroutableException unroutable) {
      boolean tooLong = unroutable.availability().errorType().equals("context_length_exceeded");
      if (!tooLong || call.plugins().compression().equals(Optional.of(false))) {
        throw unroutable;
      }
      return again(planner, call, ContextCompression.halved(call.glance()), false)
          .or(() -> again(planner, call, ContextCompression.any(call.glance()), true))
          .orElseThrow(() -> unroutable);
    }
  }

  /// Returns a plan that counts on nothing.
  ///
  /// @throws UnroutableException if nothing can serve the request as it is
  static Planned whole(Planner planner, Call call) {
    return plan(planner, call, call.glance());
  }

  private static Planned plan(Planner planner, Call call, Glance as) {
    return planner.plan(as, call.key(), call.headers().sessionId(), call.offer().catalog());
  }

  private static Optional<Planned> again(Planner planner, Call call, Glance as, boolean largest) {
    Planned planned;
    try {
      planned = plan(planner, call, as);
    } catch (UnroutableException _) {
      return Optional.empty();
    }
    RoutingPlan plan = planned.plan();
    List<Candidate> able =
        plan.candidates().stream()
            .filter(one -> ContextCompression.applies(call.plugins(), one.endpoint()))
            .toList();
    long most = able.stream().mapToLong(one -> one.endpoint().contextLength()).max().orElse(0);
    List<Candidate> kept =
        largest
            ? able.stream().filter(one -> one.endpoint().contextLength() == most).toList()
            : able;
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Planned(
                new RoutingPlan(kept, plan.spared(), plan.excluded(), plan.strategy()),
                planned.request(),
                planned.conversation()));
  }
}
