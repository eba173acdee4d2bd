package dev.signalbox.gateway.problem;

import java.nio.charset.StandardCharsets;

/// The manners of one API: how its errors look, and what its streams send to stay alive.
public enum Skin {
  /// OpenAI's chat, and all that is not inference.
  CHAT(": OPENROUTER PROCESSING\n\n"),
  /// Anthropic's Messages.
  MESSAGES("event: ping\ndata: {\"type\": \"ping\"}\n\n"),
  /// OpenAI's Responses.
  RESPONSES(": OPENROUTER PROCESSING\n\n");

  private final byte[] keepAlive;

  Skin(String keepAlive) {
    this.keepAlive = keepAlive.getBytes(StandardCharsets.US_ASCII);
  }

  /// Returns the bytes that keep a silent stream open. They say nothing of an answer.
  public byte[] keepAlive() {
    return keepAlive.clone();
  }

  /// Returns whose manners a path has, where no surface was found for it.
  static Skin ofPath(String path) {
    if (path.endsWith("/v1/messages") || path.contains("/v1/messages/")) {
      return MESSAGES;
    }
    return path.endsWith("/v1/responses") ? RESPONSES : CHAT;
  }
}
