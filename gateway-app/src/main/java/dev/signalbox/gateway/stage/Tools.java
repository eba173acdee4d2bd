package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Ledger;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.drain.Drain;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.observe.GenerationMetrics;
import dev.signalbox.gateway.plan.LongPrompts;
import dev.signalbox.gateway.plan.OwnKeys;
import dev.signalbox.gateway.plan.Pins;
import dev.signalbox.gateway.preset.Presets;
import dev.signalbox.gateway.tokens.TokenCounter;
import dev.signalbox.gateway.toolcheck.ToolCheck;
import dev.signalbox.gateway.upstream.Upstreams;

/// What every generation works with.
record Tools(
    Translations translations,
    Upstreams upstreams,
    Ledger ledger,
    Limiting limiting,
    OwnKeys ownKeys,
    Breakers breakers,
    VitalsBoard vitals,
    TokenCounter tokens,
    LongPrompts longPrompts,
    ToolCheck toolCheck,
    Pins pins,
    Presets presets,
    Remembering remembering,
    GenerationMetrics metrics,
    Watch watch,
    Drain drain) {}
