/// The short way in: requests of the surfaces, taken from the server before the framework has them.
@NullMarked
package dev.signalbox.gateway.inbound;

import org.jspecify.annotations.NullMarked;
