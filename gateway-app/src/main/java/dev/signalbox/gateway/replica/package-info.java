/// What replicas tell each other, behind the requests' backs.
@NullMarked
package dev.signalbox.gateway.replica;

import org.jspecify.annotations.NullMarked;
