/// What was consumed and paid: holds, records, the journal and the ledger.
@NullMarked
package dev.signalbox.billing.ledger;

import org.jspecify.annotations.NullMarked;
