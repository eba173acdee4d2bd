/// The router's answer, and why not the others.
@NullMarked
package dev.signalbox.routing.plan;

import org.jspecify.annotations.NullMarked;
