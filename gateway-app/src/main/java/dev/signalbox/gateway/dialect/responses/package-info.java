/// OpenAI's Responses: of callers and to providers, passed through between them where both speak
/// it, else one half of a conversion.
@NullMarked
package dev.signalbox.gateway.dialect.responses;

import org.jspecify.annotations.NullMarked;
