/// Anthropic's Messages.
@NullMarked
package dev.signalbox.gateway.dialect.anthropic;

import org.jspecify.annotations.NullMarked;
