package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Answers that providers really gave, byte for byte, and what callers of each surface read of
/// them.
///
/// `<recording>.says` is what it must say. With `-Dgolden=write` it is written anew: read the
/// difference before it is kept.
class TrafficTest {
  static Stream<Recorded> all() {
    return Recorded.traffic();
  }

  @ParameterizedTest
  @MethodSource("all")
  void itSaysWhatTheProviderSaid(Recorded recorded) throws Exception {
    Path expected = Path.of(recorded.file() + ".says");
    String chat = said(recorded, Surface.CHAT_COMPLETIONS).toString();
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(expected, chat);
    }
    assertThat(chat).isEqualTo(Files.readString(expected));
  }

  @ParameterizedTest
  @MethodSource("all")
  void callersOfEverySurfaceReadTheSame(Recorded recorded) {
    Said chat = said(recorded, Surface.CHAT_COMPLETIONS);
    for (Surface surface : new Surface[] {Surface.MESSAGES, Surface.RESPONSES}) {
      Said other = said(recorded, surface);
      // Where there is no word for a refusal, it is text.
      assertThat(other.text).as("%s text", surface).isIn(chat.text, chat.text + chat.refusal);
      assertThat(other.calls).as("%s calls", surface).isEqualTo(chat.calls);
      assertThat(other.error.isEmpty()).as("%s error", surface).isEqualTo(chat.error.isEmpty());
      if (chat.error.isEmpty()) {
        assertThat(other.finish).as("%s finish", surface).isEqualTo(chat.finish);
        assertThat(other.usage).as("%s usage", surface).isEqualTo(chat.usage);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void callersReadTheSameWhereverTheNetworkCuts(Recorded recorded) {
    recorded.readsTheSameWhereverCut(97);
  }

  private static Said said(Recorded recorded, Surface surface) {
    return Said.of(surface, recorded.caller(surface, recorded.bytes()));
  }
}
