/// What a request costs: load on the running gateway and on its peers, side by side.
@NullMarked
package dev.signalbox.bench;

import org.jspecify.annotations.NullMarked;
