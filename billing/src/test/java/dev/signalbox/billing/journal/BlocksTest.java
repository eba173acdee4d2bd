package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlocksTest {
  private static final int SIZE = 64 * Blocks.BYTES;

  @TempDir Path directory;

  /// On a disk that takes blocks, and one that does not, and one in memory.
  @Test
  void whatIsWrittenInAnyPartsIsReadAsAWhole() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      boolean local = seed % 4 == 0;
      try (Disk disk =
          local ? LocalDisk.open(directory.resolve("disk-" + seed)) : new FragileDisk()) {
        disk.create("log", SIZE).close();
        byte[] all = new byte[SIZE];
        random.nextBytes(all);
        try (Disk.File file = disk.log("log")) {
          int at = 0;
          while (at < SIZE) {
            int length = 1 + random.nextInt(random.nextBoolean() ? 1_000 : 30 * Blocks.BYTES);
            length = Math.min(length, SIZE - at);
            file.write(ByteBuffer.wrap(all, at, length), at);
            file.sync();
            at += length;
            byte[] read = new byte[at];
            file.read(ByteBuffer.wrap(read), 0);
            assertThat(read)
                .as("seed %d at %d", seed, at)
                .isEqualTo(java.util.Arrays.copyOf(all, at));
          }
          assertThat(file.size()).isEqualTo(SIZE);
        }
      }
    }
  }

  @Test
  void onlyBlocksAreWritten() throws IOException {
    var random = new Random(7);
    var blocks =
        new Blocks(
            (from, at) -> {
              assertThat(at % Blocks.BYTES).isZero();
              assertThat(from.remaining() % Blocks.BYTES).isZero();
              assertThat(from.alignmentOffset(0, Blocks.BYTES)).isZero();
              from.position(from.limit());
            });
    int at = 0;
    for (int i = 0; i < 1_000; i++) {
      byte[] some = new byte[1 + random.nextInt(i % 50 == 0 ? 500_000 : 5_000)];
      blocks.write(ByteBuffer.wrap(some), at);
      at += some.length;
    }
    int end = at;
    assertThatThrownBy(() -> blocks.write(ByteBuffer.allocate(1), end - 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
