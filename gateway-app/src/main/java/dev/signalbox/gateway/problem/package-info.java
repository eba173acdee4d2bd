/// Errors, in the words and shapes that callers expect.
@NullMarked
package dev.signalbox.gateway.problem;

import org.jspecify.annotations.NullMarked;
