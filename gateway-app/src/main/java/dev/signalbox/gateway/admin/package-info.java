/// The operator API: accounts, credit, keys, prices, providers and the audit log.
@NullMarked
package dev.signalbox.gateway.admin;

import org.jspecify.annotations.NullMarked;
