/// Keys, credit and records in PostgreSQL.
@NullMarked
package dev.signalbox.billing.postgres;

import org.jspecify.annotations.NullMarked;
