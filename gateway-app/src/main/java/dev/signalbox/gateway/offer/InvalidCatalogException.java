package dev.signalbox.gateway.offer;

import java.util.List;

/// A catalog that cannot be put in force, with every fault found: `file: path: cause`.
public final class InvalidCatalogException extends RuntimeException {
  private final List<String> faults;

  public InvalidCatalogException(List<String> faults) {
    super(String.join("\n", faults), null, false, false);
    this.faults = List.copyOf(faults);
  }

  public List<String> faults() {
    return faults;
  }
}
