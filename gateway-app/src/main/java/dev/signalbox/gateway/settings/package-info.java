/// What operators set, and how they are told of what cannot be used.
@NullMarked
package dev.signalbox.gateway.settings;

import org.jspecify.annotations.NullMarked;
