/// How calls to providers prove who makes them.
@NullMarked
package dev.signalbox.gateway.upstream.signing;

import org.jspecify.annotations.NullMarked;
