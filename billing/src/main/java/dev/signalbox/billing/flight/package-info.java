/// What is under way: written so that it outlives a process that is killed.
@NullMarked
package dev.signalbox.billing.flight;

import org.jspecify.annotations.NullMarked;
