/// Which endpoint serves a request, and which is next when it fails.
@NullMarked
package dev.signalbox.routing;

import org.jspecify.annotations.NullMarked;
