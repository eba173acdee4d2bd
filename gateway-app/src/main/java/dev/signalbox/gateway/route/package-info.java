/// The gateway's route table, assembled from the catalog.
@NullMarked
package dev.signalbox.gateway.route;

import org.jspecify.annotations.NullMarked;
