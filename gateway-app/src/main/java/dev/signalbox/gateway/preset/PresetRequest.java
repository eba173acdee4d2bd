package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.cache.CacheRule;
import dev.signalbox.gateway.dialect.Glance;

/// A request with the settings of the preset that it names.
///
/// @param caching what the preset says of the response cache
public record PresetRequest(Glance glance, CacheRule caching) {}
