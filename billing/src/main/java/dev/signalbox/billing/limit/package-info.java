/// How often keys may call, and accounts call free models.
@NullMarked
package dev.signalbox.billing.limit;

import org.jspecify.annotations.NullMarked;
