/// The OpenAPI documents of what is served.
@NullMarked
package dev.signalbox.gateway.openapi;

import org.jspecify.annotations.NullMarked;
