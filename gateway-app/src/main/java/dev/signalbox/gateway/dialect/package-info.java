/// How callers and providers speak, and how one is turned into the other.
@NullMarked
package dev.signalbox.gateway.dialect;

import org.jspecify.annotations.NullMarked;
