package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NeedleTest {
  private static final Needle PRESET = Needle.of("preset");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void itsFirstPlaceIsFound() {
    byte[] hay = bytes("pre-preset preset");
    assertThat(PRESET.find(hay, 0, hay.length)).isEqualTo(4);
    assertThat(PRESET.find(hay, 5, hay.length)).isEqualTo(11);
    assertThat(PRESET.find(hay, 12, hay.length)).isEqualTo(-1);
  }

  @Test
  void itMustEndInTime() {
    byte[] hay = bytes("a preset");
    assertThat(PRESET.isIn(new Span(0, 8), hay)).isTrue();
    assertThat(PRESET.isIn(new Span(0, 7), hay)).isFalse();
    assertThat(PRESET.isIn(new Span(0, 0), hay)).isFalse();
  }

  @Test
  void whatIsInTheArrayBehindADocumentIsNotInTheDocument() {
    var pool = new ArrayPool(1 << 20);
    byte[] array = new byte[ArrayPool.LEAST_BYTES];
    System.arraycopy(bytes("a preset"), 0, array, 0, 8);
    assertThat(PRESET.isIn(Document.lent(array, 8, pool))).isTrue();
    assertThat(PRESET.isIn(Document.lent(array, 7, pool))).isFalse();
  }

  @Test
  void nothingCannotBeLookedFor() {
    assertThatThrownBy(() -> Needle.of(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("needle: empty (expected: a byte or more)");
  }
}
