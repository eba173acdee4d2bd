/// OpenAI's wire format: read from callers, and passed through to providers that speak it too.
@NullMarked
package dev.signalbox.gateway.dialect.openai;

import org.jspecify.annotations.NullMarked;
