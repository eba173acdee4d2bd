/// Counting a request's tokens before it is made.
@NullMarked
package dev.signalbox.gateway.count;

import org.jspecify.annotations.NullMarked;
