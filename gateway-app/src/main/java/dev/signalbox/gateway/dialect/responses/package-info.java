/// OpenAI's Responses.
@NullMarked
package dev.signalbox.gateway.dialect.responses;

import org.jspecify.annotations.NullMarked;
