/// What tokens cost: exact dollars, disjoint token counts, and their product.
@NullMarked
package dev.signalbox.pricing;

import org.jspecify.annotations.NullMarked;
