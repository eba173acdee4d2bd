/// The pure parts under JMH: time and allocation per operation.
@NullMarked
package dev.signalbox.bench.pure;

import org.jspecify.annotations.NullMarked;
