/// What attempts tell of endpoints: breakers, cool-downs and measurements.
@NullMarked
package dev.signalbox.gateway.health;

import org.jspecify.annotations.NullMarked;
