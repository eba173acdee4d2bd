package dev.signalbox.billing.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// The directory of a journal, as far as a journal needs one.
interface Disk extends Closeable {
  /// Returns the names of its files.
  List<String> list() throws IOException;

  /// Opens a file that is there.
  File open(String name) throws IOException;

  /// Opens a file of whole blocks that is written from its beginning to its end.
  File log(String name) throws IOException;

  /// Makes a file of zeros that has its place on the disk for good.
  File create(String name, int bytes) throws IOException;

  /// Gives a file another name, on the disk when it returns.
  void rename(String from, String to) throws IOException;

  void delete(String name) throws IOException;

  /// Keeps a copy of a file.
  void copy(String from, String to) throws IOException;

  /// A file of a length that never changes.
  interface File extends Closeable {
    int size() throws IOException;

    /// Reads as much as there is room for.
    void read(ByteBuffer into, int at) throws IOException;

    void write(ByteBuffer from, int at) throws IOException;

    /// Returns when everything that was written will survive a loss of power.
    void sync() throws IOException;
  }
}
