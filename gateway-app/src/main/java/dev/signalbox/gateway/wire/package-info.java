/// Bytes only: scanning and splicing JSON, cutting frames.
@NullMarked
package dev.signalbox.gateway.wire;

import org.jspecify.annotations.NullMarked;
