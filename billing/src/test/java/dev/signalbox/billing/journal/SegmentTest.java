package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentTest {
  private static final byte[] JSON = "{\"a\":1}".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_BYTES = Frame.bytes(name(1), JSON);

  private final FragileDisk disk = new FragileDisk();

  /// A file that holds the records 1 to 10 of its first use, and of its second, which begins at 11,
  /// all but the third.
  private Segment withAHole() throws IOException {
    Disk.File file = disk.create("used", 20 * FRAME_BYTES);
    for (int i = 0; i < 10; i++) {
      put(file, i, 1 + i);
    }
    for (int i : new int[] {0, 1, 3, 4}) {
      put(file, i, 11 + i);
    }
    return new Segment(11, file);
  }

  private static void put(Disk.File file, int place, long sequence) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(FRAME_BYTES);
    Frame.write(bytes, sequence, 0, name(sequence), JSON);
    file.write(bytes.flip(), place * FRAME_BYTES);
  }

  private static byte[] name(long sequence) {
    return "gen-%02d".formatted(sequence).getBytes(StandardCharsets.US_ASCII);
  }

  private static List<Long> sequences(List<Frame> frames) {
    return frames.stream().map(Frame::sequence).toList();
  }

  @Test
  void aRecordOfAnEarlierUseIsNeverRecovered() throws IOException {
    Segment.Content content = withAHole().recover();
    assertThat(sequences(content.frames())).containsExactly(11L, 12L, 14L, 15L);
    assertThat(content.missing()).isEqualTo(1);
  }

  @Test
  void aRecordOfAnEarlierUseIsNeverRead() throws IOException {
    var segment = withAHole();
    segment.recover();
    assertThat(sequences(segment.frames(0, 10))).containsExactly(11L, 12L);
    assertThat(sequences(segment.frames(2 * FRAME_BYTES, 10))).containsExactly(14L, 15L);
    assertThat(sequences(segment.frames(5 * FRAME_BYTES, 10))).isEmpty();
  }
}
