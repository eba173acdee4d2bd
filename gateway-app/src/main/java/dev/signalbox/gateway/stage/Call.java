package dev.signalbox.gateway.stage;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.offer.Offer;
import dev.signalbox.gateway.plugin.PluginWishes;
import java.math.BigDecimal;
import java.time.Instant;

/// One request, read: who asks, and for what.
///
/// @param startNanos when it arrived, on the monotonic clock
/// @param byokFeePercent the operator's part of what a provider charges the account itself
record Call(
    String generationId,
    Instant createdAt,
    long startNanos,
    ApiKey key,
    Glance glance,
    CallerHeaders headers,
    PluginWishes plugins,
    Offer offer,
    BigDecimal byokFeePercent) {
  Call with(Glance other) {
    return new Call(
        generationId, createdAt, startNanos, key, other, headers, plugins, offer, byokFeePercent);
  }
}
