/// A pretended provider, for trying things out with neither key nor network.
@NullMarked
package dev.signalbox.gateway.sandbox;

import org.jspecify.annotations.NullMarked;
