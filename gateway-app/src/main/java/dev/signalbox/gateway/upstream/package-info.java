/// Calls to providers: one attempt each, and how it can fail.
@NullMarked
package dev.signalbox.gateway.upstream;

import org.jspecify.annotations.NullMarked;
