/// What a caller asks of the router.
@NullMarked
package dev.signalbox.routing.request;

import org.jspecify.annotations.NullMarked;
