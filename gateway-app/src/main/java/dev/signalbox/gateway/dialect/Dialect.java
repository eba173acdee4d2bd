package dev.signalbox.gateway.dialect;

import java.util.Optional;

/// A provider's wire format. The name in catalogs is [#key].
public enum Dialect {
  OPENAI("openai"),
  OPENAI_RESPONSES("openai-responses"),
  AZURE_OPENAI("azure-openai"),
  AZURE_RESPONSES("azure-responses"),
  ANTHROPIC("anthropic"),
  GEMINI("gemini"),
  VERTEX("vertex"),
  BEDROCK("bedrock"),
  MISTRAL("mistral"),
  COHERE("cohere"),
  SANDBOX("sandbox");

  private final String key;

  Dialect(String key) {
    this.key = key;
  }

  public String key() {
    return key;
  }

  public static Optional<Dialect> ofKey(String key) {
    for (Dialect dialect : values()) {
      if (dialect.key.equals(key)) {
        return Optional.of(dialect);
      }
    }
    return Optional.empty();
  }
}
