package dev.signalbox.gateway.dialect.canonical;

/// Whether a model may, must or must not call tools.
public sealed interface ToolChoice {
  /// The caller did not say.
  record Unsaid() implements ToolChoice {}

  /// As the model likes.
  record Auto() implements ToolChoice {}

  /// None.
  record None() implements ToolChoice {}

  /// At least one.
  record Required() implements ToolChoice {}

  /// This one.
  record Named(String name) implements ToolChoice {}
}
