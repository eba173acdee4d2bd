/// Which endpoints may serve a request at all.
@NullMarked
package dev.signalbox.routing.eligibility;

import org.jspecify.annotations.NullMarked;
