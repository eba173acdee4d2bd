/// Answers kept to be given again (contract, section 3.18).
@NullMarked
package dev.signalbox.gateway.cache;

import org.jspecify.annotations.NullMarked;
