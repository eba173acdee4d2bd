/// Google's Vertex AI: other makers' words at Google's paths.
@NullMarked
package dev.signalbox.gateway.dialect.vertex;

import org.jspecify.annotations.NullMarked;
