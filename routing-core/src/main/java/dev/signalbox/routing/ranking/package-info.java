/// In which order eligible endpoints are tried.
@NullMarked
package dev.signalbox.routing.ranking;

import org.jspecify.annotations.NullMarked;
