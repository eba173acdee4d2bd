/// Accounts' own credentials for providers, kept for them.
@NullMarked
package dev.signalbox.gateway.byok;

import org.jspecify.annotations.NullMarked;
