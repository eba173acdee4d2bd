/// How many tokens a text is, where no provider says.
@NullMarked
package dev.signalbox.gateway.tokens;

import org.jspecify.annotations.NullMarked;
