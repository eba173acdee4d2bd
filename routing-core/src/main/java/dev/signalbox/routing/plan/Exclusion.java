package dev.signalbox.routing.plan;

import dev.signalbox.catalog.Endpoint;

/// Why an endpoint is not in a plan.
///
/// @param detail what the constraint's sentence leaves open; empty where it leaves nothing
public record Exclusion(Endpoint endpoint, Constraint why, String detail) {
  /// Returns the word for it: `max_price`, `data_policy:zdr`, …
  public String constraint() {
    return why.word();
  }

  /// Returns the reason in words fit for the caller.
  public String reason() {
    return detail.isEmpty() ? why.sentence() : why.sentence().replace("%s", detail);
  }
}
