/// OpenAI's chat completions, as both halves of a conversion.
@NullMarked
package dev.signalbox.gateway.dialect.chat;

import org.jspecify.annotations.NullMarked;
