package dev.signalbox.routing.plan;

import dev.signalbox.catalog.Endpoint;

/// Why an endpoint is not in a plan.
///
/// @param constraint the contract's word (section 5.4): `max_price`, `data_policy:zdr`, …
/// @param reason in words fit for the caller
public record Exclusion(Endpoint endpoint, String constraint, String reason) {}
