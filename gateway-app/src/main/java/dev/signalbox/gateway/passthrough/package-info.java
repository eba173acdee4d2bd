/// Providers' own APIs, forwarded to callers that may use them.
@NullMarked
package dev.signalbox.gateway.passthrough;

import org.jspecify.annotations.NullMarked;
