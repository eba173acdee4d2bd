/// OpenAI's models at Azure: the same words at other paths.
@NullMarked
package dev.signalbox.gateway.dialect.azure;

import org.jspecify.annotations.NullMarked;
