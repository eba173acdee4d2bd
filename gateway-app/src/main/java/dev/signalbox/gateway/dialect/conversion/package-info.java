/// Turns one dialect into another by way of the canonical form.
@NullMarked
package dev.signalbox.gateway.dialect.conversion;

import org.jspecify.annotations.NullMarked;
