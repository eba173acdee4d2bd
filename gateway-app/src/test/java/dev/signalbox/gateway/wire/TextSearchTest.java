package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextSearchTest {
  /// What can mislead a search by words: quotes, backslashes, what differs from them in one bit,
  /// and bytes of characters outside of ASCII.
  private static final byte[] LETTERS = "\"\\#]\"\\ a\u00a2\u00dc".getBytes(StandardCharsets.UTF_8);

  private static final String[] ENDINGS = {
    "e\"", "e\\]\"", "e\\]]\"", "e\\\\\"", "e\\\\\\\\\"", "e\\\"#\"", "e\\\"", "e\\\\\\\""
  };

  @Test
  void aTextEndsAtTheFirstQuoteBehindAnEvenNumberOfBackslashesAndHasNoControlCharacter() {
    for (long seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      byte[] text = text(random);
      int from = random.nextInt(4);
      int stop = text.length - random.nextInt(4);
      assertThat(TextSearch.closing(text, from, stop))
          .as("seed %d", seed)
          .isEqualTo(closing(text, from, stop));
    }
  }

  /// A text of up to six blocks, with more or fewer escapes in it, and something at one place that
  /// ends it, or seems to.
  private static byte[] text(Random random) {
    byte[] text = new byte[16 + random.nextInt(6_000)];
    int rarity = 1 << random.nextInt(12);
    boolean escaped = false;
    for (int i = 0; i < text.length; i++) {
      byte letter =
          random.nextInt(rarity) == 0 ? LETTERS[random.nextInt(LETTERS.length)] : (byte) 'e';
      text[i] = letter == '"' && !escaped ? (byte) 'e' : letter;
      escaped = letter == '\\' && !escaped;
    }
    byte[] ending = ENDINGS[random.nextInt(ENDINGS.length)].getBytes(StandardCharsets.UTF_8);
    System.arraycopy(ending, 0, text, random.nextInt(text.length - 8), ending.length);
    if (random.nextInt(4) == 0) {
      text[random.nextInt(text.length)] = (byte) random.nextInt(0x20);
    }
    return text;
  }

  private static int closing(byte[] text, int from, int stop) {
    boolean escaped = false;
    for (int i = from; i < stop; i++) {
      if (text[i] >= 0 && text[i] < 0x20) {
        return -1;
      }
      if (text[i] == '"' && !escaped) {
        return i;
      }
      escaped = text[i] == '\\' && !escaped;
    }
    return stop;
  }
}
