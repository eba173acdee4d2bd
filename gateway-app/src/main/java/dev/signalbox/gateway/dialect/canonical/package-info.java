/// The one form between all dialects: prompts on the way out, events on the way back.
@NullMarked
package dev.signalbox.gateway.dialect.canonical;

import org.jspecify.annotations.NullMarked;
