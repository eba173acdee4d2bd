package dev.signalbox.gateway.wire;

/// Where the top-level members of a JSON object lie in its bytes.
public final class Members {}
