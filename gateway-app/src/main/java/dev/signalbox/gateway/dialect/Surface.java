package dev.signalbox.gateway.dialect;

import dev.signalbox.routing.request.RoutingRequest.Kind;

/// A shape in which callers ask for inference. Answers, errors included, come in the same shape.
public enum Surface {
  CHAT_COMPLETIONS("/chat/completions", Kind.CHAT),
  COMPLETIONS("/completions", Kind.COMPLETION),
  EMBEDDINGS("/embeddings", Kind.EMBEDDING);

  private final String path;
  private final Kind kind;

  Surface(String path, Kind kind) {
    this.path = path;
    this.kind = kind;
  }

  /// The path below `/api/v1` and `/v1`.
  public String path() {
    return path;
  }

  public Kind kind() {
    return kind;
  }

  /// A short name: a route's id and a metric's tag.
  public String key() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
