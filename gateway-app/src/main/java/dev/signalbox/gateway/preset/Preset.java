package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.wire.Members;
import java.util.Optional;

/// A preset's version in force, ready to be merged into requests.
///
/// @param config its members, as chat completions spell them
record Preset(String slug, Members config, Optional<String> systemPrompt) {}
