package dev.signalbox.routing.auto;

import dev.signalbox.catalog.Model;
import dev.signalbox.vitals.Grade;

/// A model that can serve the request, as the choice sees it.
///
/// @param usd what the request may cost at its cheapest endpoint: to compare, never to charge
/// @param context of its largest endpoint, in tokens
/// @param reasons some endpoint can be told to think first
/// @param grade the best record among its endpoints
public record Contender(Model model, double usd, long context, boolean reasons, Grade grade) {}
