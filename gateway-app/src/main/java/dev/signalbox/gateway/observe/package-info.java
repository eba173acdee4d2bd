/// What operators can watch.
@NullMarked
package dev.signalbox.gateway.observe;

import org.jspecify.annotations.NullMarked;
