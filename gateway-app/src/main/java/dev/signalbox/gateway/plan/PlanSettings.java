package dev.signalbox.gateway.plan;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How requests are planned.
///
/// @param stickyTtl how long a conversation may be silent before its endpoint is forgotten
/// @param stickyMax how many conversations are remembered
/// @param seed makes chance repeat itself from start to start, for tests; without it, it does not
@ConfigurationProperties("signalbox.routing")
record PlanSettings(
    @DefaultValue("10m") Duration stickyTtl,
    @DefaultValue("200000") int stickyMax,
    @Nullable Long seed) {}
