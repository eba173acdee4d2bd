/// Embeddings at providers that do not speak OpenAI's format.
@NullMarked
package dev.signalbox.gateway.dialect.embeddings;

import org.jspecify.annotations.NullMarked;
