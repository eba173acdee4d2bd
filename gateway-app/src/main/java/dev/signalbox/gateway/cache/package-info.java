/// Answers kept to be given again.
@NullMarked
package dev.signalbox.gateway.cache;

import org.jspecify.annotations.NullMarked;
