/// Whether models call tools in a way that those tools understand.
@NullMarked
package dev.signalbox.gateway.toolcheck;

import org.jspecify.annotations.NullMarked;
