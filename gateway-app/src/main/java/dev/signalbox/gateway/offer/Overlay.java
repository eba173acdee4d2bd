package dev.signalbox.gateway.offer;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// What operators changed while gateways ran, on top of the catalog's files. Holds credentials: its
/// text shows none.
///
/// @param entries providers by slug, models and endpoints by id
/// @param credentials of providers, by slug
/// @param markups in force: by scope, then by subject
/// @param accountMarkups in force, by account
/// @param prices in force, as JSON, by endpoint
public record Overlay(
    Map<Kind, Map<String, Entry>> entries,
    Map<String, String> credentials,
    Map<String, Map<String, BigDecimal>> markups,
    Map<UUID, BigDecimal> accountMarkups,
    Map<String, String> prices) {
  public static final Overlay NONE = new Overlay(Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

  /// What an entry is of.
  public enum Kind {
    PROVIDER,
    MODEL,
    ENDPOINT
  }

  /// @param body JSON: merged over the file's (RFC 7396), or the whole where no file has it
  /// @param removed hides the file's
  public record Entry(String body, boolean removed) {}

  /// Returns the same with another price.
  public Overlay withPrice(String endpoint, String pricing) {
    var all = new HashMap<>(prices);
    all.put(endpoint, pricing);
    return new Overlay(entries, credentials, markups, accountMarkups, all);
  }

  public Map<String, Entry> of(Kind kind) {
    return entries.getOrDefault(kind, Map.of());
  }

  Map<String, BigDecimal> markupsOf(String scope) {
    return markups.getOrDefault(scope, Map.of());
  }

  @Override
  public String toString() {
    return "Overlay[%d entries]".formatted(entries.values().stream().mapToInt(Map::size).sum());
  }
}
