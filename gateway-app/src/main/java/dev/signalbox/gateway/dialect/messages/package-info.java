/// Anthropic's Messages as callers use them: passed through to providers that speak them too, else
/// the caller's half of a conversion.
@NullMarked
package dev.signalbox.gateway.dialect.messages;

import org.jspecify.annotations.NullMarked;
