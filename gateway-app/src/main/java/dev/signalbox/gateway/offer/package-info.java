/// Where the catalog comes from, and how its endpoints are reached.
@NullMarked
package dev.signalbox.gateway.offer;

import org.jspecify.annotations.NullMarked;
