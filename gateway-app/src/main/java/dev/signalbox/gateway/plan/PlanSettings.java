package dev.signalbox.gateway.plan;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How conversations are kept.
///
/// @param ttl how long a conversation may be silent before its endpoint is forgotten
/// @param maxPins how many conversations are remembered
@ConfigurationProperties("signalbox.sticky")
record PlanSettings(@DefaultValue("10m") Duration ttl, @DefaultValue("200000") int maxPins) {}
