/// Answered requests, looked up by those who made them.
@NullMarked
package dev.signalbox.gateway.generation;

import org.jspecify.annotations.NullMarked;
