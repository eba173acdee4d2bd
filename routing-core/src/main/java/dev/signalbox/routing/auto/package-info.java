/// Which model serves a request that leaves the choice to the gateway, and why not the others.
@NullMarked
package dev.signalbox.routing.auto;

import org.jspecify.annotations.NullMarked;
