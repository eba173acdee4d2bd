/// Asking the router: what the key, the conversation and the replicas add to a request.
@NullMarked
package dev.signalbox.gateway.plan;

import org.jspecify.annotations.NullMarked;
