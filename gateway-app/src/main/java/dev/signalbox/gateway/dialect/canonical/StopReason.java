package dev.signalbox.gateway.dialect.canonical;

/// Why a model stopped.
public enum StopReason {
  STOP("stop"),
  LENGTH("length"),
  TOOL_CALLS("tool_calls"),
  CONTENT_FILTER("content_filter"),
  ERROR("error");

  private final String key;

  StopReason(String key) {
    this.key = key;
  }

  /// The contract's word.
  public String key() {
    return key;
  }
}
