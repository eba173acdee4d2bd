/// The line that every inference request travels, from its key to its record.
@NullMarked
package dev.signalbox.gateway.stage;

import org.jspecify.annotations.NullMarked;
