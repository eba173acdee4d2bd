/// What callers pay: the provider's price and the operator's share.
@NullMarked
package dev.signalbox.billing.charge;

import org.jspecify.annotations.NullMarked;
