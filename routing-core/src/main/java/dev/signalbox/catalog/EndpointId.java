package dev.signalbox.catalog;

/// Names an endpoint: `author/slug@provider` or `author/slug@provider/tag`.
public record EndpointId(String value) {
  public static EndpointId of(String model, String tag) {
    return new EndpointId(model + "@" + tag);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EndpointId that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }
}
