/// Cohere's chat, version 2.
@NullMarked
package dev.signalbox.gateway.dialect.cohere;

import org.jspecify.annotations.NullMarked;
