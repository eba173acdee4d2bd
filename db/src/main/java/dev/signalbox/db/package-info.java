/// The way to PostgreSQL: its address, its schema, and a server of our own where none is given.
@NullMarked
package dev.signalbox.db;

import org.jspecify.annotations.NullMarked;
