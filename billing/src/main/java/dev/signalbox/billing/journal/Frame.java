package dev.signalbox.billing.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A record as its bytes lie in a segment: magic number, length of what follows the head, CRC-32C
/// of all that follows it itself, sequence, moment, id and text.
///
/// @param at when it was written, in milliseconds since 1970
/// @param start where it begins
/// @param end where the next one does
record Frame(long sequence, long at, String id, byte[] json, int start, int end) {
  private static final int MAGIC = 0x51_67_62_6A;
  private static final int CRC_AT = 8;
  private static final int CHECKED_FROM = 12;
  private static final int HEAD_BYTES = 28;
  private static final int ID_LENGTH_BYTES = 2;

  /// What a record takes beside its text and id, in bytes.
  static final int OVERHEAD_BYTES = HEAD_BYTES + ID_LENGTH_BYTES;

  static int bytes(byte[] id, byte[] json) {
    return OVERHEAD_BYTES + id.length + json.length;
  }

  static void write(ByteBuffer to, long sequence, long at, byte[] id, byte[] json) {
    int start = to.position();
    to.putInt(MAGIC);
    to.putInt(ID_LENGTH_BYTES + id.length + json.length);
    to.putInt(0);
    to.putLong(sequence);
    to.putLong(at);
    to.putShort((short) id.length);
    to.put(id);
    to.put(json);
    to.putInt(start + CRC_AT, crc(to, start + CHECKED_FROM, to.position()));
  }

  private static int crc(ByteBuffer bytes, int from, int to) {
    var crc = new CRC32C();
    crc.update(bytes.slice(from, to - from));
    return (int) crc.getValue();
  }

  /// Returns the sound record that begins at a place, if one does.
  static @Nullable Frame read(ByteBuffer bytes, int start) {
    if (start < 0 || start + OVERHEAD_BYTES > bytes.limit() || bytes.getInt(start) != MAGIC) {
      return null;
    }
    int length = bytes.getInt(start + 4);
    if (length < ID_LENGTH_BYTES || length > bytes.limit() - start - HEAD_BYTES) {
      return null;
    }
    int end = start + HEAD_BYTES + length;
    if (crc(bytes, start + CHECKED_FROM, end) != bytes.getInt(start + CRC_AT)) {
      return null;
    }
    int idLength = bytes.getShort(start + HEAD_BYTES) & 0xFFFF;
    byte[] id = new byte[idLength];
    bytes.get(start + OVERHEAD_BYTES, id);
    byte[] json = new byte[length - ID_LENGTH_BYTES - idLength];
    bytes.get(start + OVERHEAD_BYTES + idLength, json);
    return new Frame(
        bytes.getLong(start + CHECKED_FROM),
        bytes.getLong(start + CHECKED_FROM + 8),
        new String(id, StandardCharsets.UTF_8),
        json,
        start,
        end);
  }

  /// Returns the first sound record behind a place whose sequence is at least so high: what lies
  /// lower is of an earlier use of the file.
  static @Nullable Frame find(ByteBuffer bytes, int behind, long leastSequence) {
    for (int at = behind + 1; at + OVERHEAD_BYTES <= bytes.limit(); at++) {
      if (bytes.getInt(at) == MAGIC) {
        Frame frame = read(bytes, at);
        if (frame != null && frame.sequence >= leastSequence) {
          return frame;
        }
      }
    }
    return null;
  }

  boolean isTakingBack() {
    return json.length == 0;
  }

  /// Returns the sequence of the record that it takes back.
  long takesBack() {
    return Long.parseLong(id);
  }

  int bytes() {
    return end - start;
  }

  /// Returns the same at another place.
  Frame moved(int by) {
    return new Frame(sequence, at, id, json, start + by, end + by);
  }

  Journal.Entry entry() {
    return new Journal.Entry(sequence, id, json);
  }
}
