package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StorableTextTest {
  @Test
  void whatPostgresTakesStaysAsItIs() {
    String text = "caf\u00e9 \ud83d\ude80 \u0001 \n";
    assertThat(StorableText.of(text)).isSameAs(text);
  }

  @Test
  void nulAndHalvesOfPairsAreReplaced() {
    assertThat(StorableText.of("a\u0000b")).isEqualTo("a\uFFFDb");
    assertThat(StorableText.of("\ud83d")).isEqualTo("\uFFFD");
    assertThat(StorableText.of("\ude80x\ud83d\ud83d\ude80")).isEqualTo("\uFFFDx\uFFFD\ud83d\ude80");
  }
}
