/// Credit that this replica may spend without asking: leased from what all replicas share.
@NullMarked
package dev.signalbox.billing.credit;

import org.jspecify.annotations.NullMarked;
