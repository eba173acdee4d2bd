/// Google's Gemini, at AI Studio and at Vertex.
@NullMarked
package dev.signalbox.gateway.dialect.gemini;

import org.jspecify.annotations.NullMarked;
