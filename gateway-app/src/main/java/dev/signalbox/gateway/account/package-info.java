/// Keys and credit over HTTP, for their owners and for the operator.
@NullMarked
package dev.signalbox.gateway.account;

import org.jspecify.annotations.NullMarked;
