package dev.signalbox.catalog;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Where prompts and answers stay.
public enum DataRegion {
  EU(
      Set.of(
          "EU", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
          "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")),
  US(Set.of("US"));

  private final Set<String> countries;

  DataRegion(Set<String> countries) {
    this.countries = countries;
  }

  /// Returns the region that a word means: `eu` or `europe`, or `us`.
  public static Optional<DataRegion> ofWord(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "eu", "europe" -> Optional.of(EU);
      case "us" -> Optional.of(US);
      default -> Optional.empty();
    };
  }

  /// `eu` or `us`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Returns whether datacenters are known, and all of them lie in the region.
  boolean holds(Collection<String> datacenters) {
    return !datacenters.isEmpty()
        && datacenters.stream()
            .allMatch(country -> countries.contains(country.toUpperCase(Locale.ROOT)));
  }
}
