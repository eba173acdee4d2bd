package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.problem.Skin;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.util.Locale;

/// A shape in which callers ask for inference. Answers, errors included, come in the same shape.
public enum Surface {
  CHAT_COMPLETIONS("/chat/completions", Kind.CHAT, Skin.CHAT),
  COMPLETIONS("/completions", Kind.COMPLETION, Skin.CHAT),
  EMBEDDINGS("/embeddings", Kind.EMBEDDING, Skin.CHAT),
  /// Anthropic's.
  MESSAGES("/messages", Kind.CHAT, Skin.MESSAGES),
  /// OpenAI's newer one.
  RESPONSES("/responses", Kind.CHAT, Skin.RESPONSES);

  private final String path;
  private final Kind kind;
  private final Skin skin;
  private final String key = name().toLowerCase(Locale.ROOT).replace('_', '-');

  Surface(String path, Kind kind, Skin skin) {
    this.path = path;
    this.kind = kind;
    this.skin = skin;
  }

  /// The path below `/api/v1` and `/v1`.
  public String path() {
    return path;
  }

  public Kind kind() {
    return kind;
  }

  /// How its errors look.
  public Skin skin() {
    return skin;
  }

  /// A short name: a route's id and a metric's tag.
  public String key() {
    return key;
  }
}
