/// Leaving without cutting anyone off.
@NullMarked
package dev.signalbox.gateway.drain;

import org.jspecify.annotations.NullMarked;
