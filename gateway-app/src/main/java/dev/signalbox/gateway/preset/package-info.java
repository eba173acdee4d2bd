/// Settings of requests that accounts keep under a name.
@NullMarked
package dev.signalbox.gateway.preset;

import org.jspecify.annotations.NullMarked;
