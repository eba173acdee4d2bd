/// How endpoints have been doing lately.
@NullMarked
package dev.signalbox.vitals;

import org.jspecify.annotations.NullMarked;
