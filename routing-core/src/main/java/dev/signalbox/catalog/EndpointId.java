package dev.signalbox.catalog;

/// Names an endpoint: `author/slug@provider` or `author/slug@provider/tag`.
public record EndpointId(String value) {
  public static EndpointId of(String model, String tag) {
    return new EndpointId(model + "@" + tag);
  }

  @Override
  public String toString() {
    return value;
  }
}
