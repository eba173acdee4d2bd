/// Spring Cloud Gateway and nothing else.
@NullMarked
package dev.signalbox.bench.bare;

import org.jspecify.annotations.NullMarked;
