package dev.signalbox.billing.flight;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The place of one call in the log, or of the record that became of it. Not thread-safe.
public final class FlightSlot {
  /*
   * length of the text, 0 while the place is free; CRC-32C of the text; bytes of the answer that
   * came, visible and thoughts; what the text is; the text: each field as its length and its bytes.
   *
   * The length is written last and taken back first, so that there is never half a text.
   */
  static final int BYTES = 2048;

  private static final long CRC = 4;
  private static final long VISIBLE = 8;
  private static final long THOUGHTS = 16;
  private static final long STATE = 24;
  private static final int TEXT = 32;
  private static final int FLYING = 0;
  private static final int REFUSED = 1;
  private static final int DUE = 2;
  private static final byte[] NOTHING = {};
  private static final ThreadLocal<byte[]> SCRATCH =
      ThreadLocal.withInitial(() -> new byte[BYTES - TEXT]);
  private static final VarHandle LENGTH = ValueLayout.JAVA_INT.varHandle();

  private final FlightLog log;
  private final MemorySegment memory;
  private byte[] text = NOTHING;
  private int length;

  FlightSlot(FlightLog log, MemorySegment memory) {
    this.log = log;
    this.memory = memory;
  }

  boolean isTaken() {
    return (int) LENGTH.getAcquire(memory, 0L) != 0;
  }

  /// Notes a call; what was noted before is over.
  public void note(Flight flight) {
    empty();
    boolean fits =
        put(flight.id())
            && put(flight.accountId().toString())
            && put(flight.keyHash())
            && put(flight.surface())
            && put(flight.model())
            && put(flight.providerSlug())
            && put(flight.providerName())
            && put(flight.endpointId())
            && put(flight.serviceTier())
            && put(flight.pricing())
            && put(flight.own() ? "1" : "")
            && put(flight.streamed() ? "1" : "")
            && put(Long.toString(flight.promptTokens()))
            && put(Integer.toString(flight.attempt()))
            && put(flight.attemptsCost().toPlainString())
            && (put(flight.requestedModel()) || put(""));
    if (fits) {
      write(FLYING);
    }
  }

  /// Notes a record that is due.
  ///
  /// @return false if it is too long, and nothing is noted
  public boolean keep(String id, byte[] record) {
    empty();
    boolean fits = put(id) && put(record);
    if (fits) {
      write(DUE);
    }
    return fits;
  }

  private void empty() {
    LENGTH.setRelease(memory, 0L, 0);
    text = SCRATCH.get();
    length = 0;
  }

  private void write(int state) {
    MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, TEXT, length);
    memory.set(ValueLayout.JAVA_INT, CRC, crc());
    memory.set(ValueLayout.JAVA_LONG, VISIBLE, 0);
    memory.set(ValueLayout.JAVA_LONG, THOUGHTS, 0);
    memory.set(ValueLayout.JAVA_INT, STATE, state);
    LENGTH.setRelease(memory, 0L, length);
  }

  private boolean put(String field) {
    return put(field.getBytes(StandardCharsets.UTF_8));
  }

  private boolean put(byte[] bytes) {
    if (length + 2 + bytes.length > text.length) {
      return false;
    }
    text[length++] = (byte) (bytes.length >> 8);
    text[length++] = (byte) bytes.length;
    System.arraycopy(bytes, 0, text, length, bytes.length);
    length += bytes.length;
    return true;
  }

  /// Notes how much of an answer has come.
  public void progress(long visibleBytes, long thoughtBytes) {
    memory.set(ValueLayout.JAVA_LONG, VISIBLE, visibleBytes);
    memory.set(ValueLayout.JAVA_LONG, THOUGHTS, thoughtBytes);
  }

  /// Notes that the call's record could not be kept, and that its caller was told so. The place
  /// stays taken: should a part of that record be found later, it counts for nothing.
  public void refuse() {
    memory.set(ValueLayout.JAVA_INT, STATE, REFUSED);
  }

  /// Gives the place back: the call is recorded, or there is nothing to record.
  public void free() {
    LENGTH.setRelease(memory, 0L, 0);
    log.back(this);
  }

  /// Returns the record that is noted; null if there is none that can be read.
  public Flight.@Nullable Due due() {
    if (memory.get(ValueLayout.JAVA_INT, STATE) != DUE || !read()) {
      return null;
    }
    String[] fields = fields(2);
    return new Flight.Due(fields[0], fields[1].getBytes(StandardCharsets.UTF_8));
  }

  /// Returns the call that is noted; null if there is none that can be read.
  public Flight.@Nullable Lost lost() {
    if (memory.get(ValueLayout.JAVA_INT, STATE) == DUE || !read()) {
      return null;
    }
    String[] fields = fields(16);
    var flight =
        new Flight(
            fields[0],
            UUID.fromString(fields[1]),
            fields[2],
            fields[3],
            fields[4],
            fields[15].isEmpty() ? fields[4] : fields[15],
            fields[5],
            fields[6],
            fields[7],
            fields[8],
            fields[9],
            !fields[10].isEmpty(),
            !fields[11].isEmpty(),
            Long.parseLong(fields[12]),
            Integer.parseInt(fields[13]),
            new BigDecimal(fields[14]));
    return new Flight.Lost(
        flight,
        Math.max(0, memory.get(ValueLayout.JAVA_LONG, VISIBLE)),
        Math.max(0, memory.get(ValueLayout.JAVA_LONG, THOUGHTS)),
        memory.get(ValueLayout.JAVA_INT, STATE) == REFUSED);
  }

  private boolean read() {
    text = SCRATCH.get();
    length = (int) LENGTH.getAcquire(memory, 0L);
    if (length <= 0 || length > text.length) {
      return false;
    }
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, TEXT, text, 0, length);
    return crc() == memory.get(ValueLayout.JAVA_INT, CRC);
  }

  private int crc() {
    var crc = new CRC32C();
    crc.update(text, 0, length);
    return (int) crc.getValue();
  }

  private String[] fields(int count) {
    var fields = new String[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      int bytes = (text[at] & 0xff) << 8 | text[at + 1] & 0xff;
      fields[i] = new String(text, at + 2, bytes, StandardCharsets.UTF_8);
      at += 2 + bytes;
    }
    return fields;
  }
}
