/// The way to PostgreSQL, and a PostgreSQL of our own where none is given.
@NullMarked
package dev.signalbox.db;

import org.jspecify.annotations.NullMarked;
