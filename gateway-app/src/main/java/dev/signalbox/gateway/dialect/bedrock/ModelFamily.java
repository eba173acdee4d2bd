package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.Target;

/// Who made a model: what Converse has no word for, each family has its own for.
enum ModelFamily {
  ANTHROPIC("anthropic-claude-v1"),
  NOVA("unknown"),
  OTHER("unknown");

  private final String thoughtFormat;

  ModelFamily(String thoughtFormat) {
    this.thoughtFormat = thoughtFormat;
  }

  static ModelFamily of(String model) {
    if (model.contains("anthropic.")) {
      return ANTHROPIC;
    }
    return model.contains("amazon.nova") ? NOVA : OTHER;
  }

  static boolean isClaude(Target target) {
    return of(target.upstreamModel()) == ANTHROPIC;
  }

  /// The contract's word for whose thoughts they are.
  String thoughtFormat() {
    return thoughtFormat;
  }
}
