/// What is on offer: models, providers, and the endpoints where they meet.
@NullMarked
package dev.signalbox.catalog;

import org.jspecify.annotations.NullMarked;
