/// Who pays: accounts and their keys.
@NullMarked
package dev.signalbox.billing.account;

import org.jspecify.annotations.NullMarked;
