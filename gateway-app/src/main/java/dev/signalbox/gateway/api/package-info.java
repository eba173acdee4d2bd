/// The catalog, for callers to read.
@NullMarked
package dev.signalbox.gateway.api;

import org.jspecify.annotations.NullMarked;
