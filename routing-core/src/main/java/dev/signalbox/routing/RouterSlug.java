package dev.signalbox.routing;

import java.util.Optional;

/// A name that is no model's: it leaves the choice of the model to the gateway.
public enum RouterSlug {
  FREE("openrouter/free", "free"),
  AUTO("openrouter/auto", "auto"),
  AUTO_BETA("openrouter/auto-beta", "auto");

  private final String slug;
  private final String strategy;

  RouterSlug(String slug, String strategy) {
    this.slug = slug;
    this.strategy = strategy;
  }

  public String slug() {
    return slug;
  }

  /// The contract's word for router metadata.
  public String strategy() {
    return strategy;
  }

  /// Returns the one that a name means, suffixes aside.
  public static Optional<RouterSlug> of(String name) {
    if (!name.startsWith("openrouter/")) {
      return Optional.empty();
    }
    int suffix = name.indexOf(':');
    String plain = suffix < 0 ? name : name.substring(0, suffix);
    for (RouterSlug one : values()) {
      if (one.slug.equals(plain)) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  /// Returns whether it chooses by what the prompt asks for.
  public boolean choosesByTask() {
    return this != FREE;
  }

  /// The id of the plugin that has its settings; empty where it has none.
  public String plugin() {
    return switch (this) {
      case FREE -> "";
      case AUTO -> "auto-router";
      case AUTO_BETA -> "auto-beta-router";
    };
  }
}
