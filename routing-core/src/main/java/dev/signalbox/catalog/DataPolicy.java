package dev.signalbox.catalog;

import java.util.OptionalInt;

/// What a provider does with prompts. An unknown policy counts as the worst.
///
/// @param training trains on prompts
/// @param retainsPrompts keeps prompts after answering
/// @param retentionDays for how long, where it is known
/// @param zdr keeps nothing at all (zero data retention)
public record DataPolicy(
    boolean training, boolean retainsPrompts, OptionalInt retentionDays, boolean zdr) {
  public static final DataPolicy UNKNOWN = new DataPolicy(true, true, OptionalInt.empty(), false);
}
