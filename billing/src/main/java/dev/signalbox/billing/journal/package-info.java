/// Records kept on the local disk until the database has them.
@NullMarked
package dev.signalbox.billing.journal;

import org.jspecify.annotations.NullMarked;
