package dev.signalbox.vitals;

/// Four points of a distribution. For latency, `p90` is what 90 % of requests stayed within; for
/// throughput, what 90 % of requests reached or exceeded.
public record Percentiles(double p50, double p75, double p90, double p99) {}
