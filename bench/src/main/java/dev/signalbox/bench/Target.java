package dev.signalbox.bench;

import java.util.Map;

/// One request to repeat.
record Target(String url, Map<String, String> headers, byte[] body) {}
