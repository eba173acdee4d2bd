package dev.signalbox.gateway.dialect;

import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.util.Optional;

/// What an answer's last bytes say of its price.
///
/// @param charged what the account pays
/// @param upstream what the provider charges
/// @param byok the account's own credential was used
/// @param serviceTier the tier that is billed
/// @param routerMetadata JSON of `openrouter_metadata`, for callers who asked for it
public record Receipt(
    Usage usage,
    Money charged,
    Cost upstream,
    boolean byok,
    Optional<String> serviceTier,
    Optional<String> routerMetadata) {}
