package dev.signalbox.gateway.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenCounterTest {
  /// As OpenAI's own tokenizers count these.
  @Test
  void bothVocabulariesCountAsTheirMakerDoes() {
    assertThat(Tokenizer.CL100K.count("tiktoken is great!")).isEqualTo(6);
    assertThat(Tokenizer.CL100K.count("antidisestablishmentarianism")).isEqualTo(6);
    assertThat(Tokenizer.CL100K.count("お誕生日おめでとう")).isEqualTo(9);
    assertThat(Tokenizer.O200K.count("お誕生日おめでとう")).isEqualTo(8);
    assertThat(Tokenizer.O200K.count("")).isZero();
  }

  @Test
  void whatLooksLikeASpecialTokenIsText() {
    assertThat(Tokenizer.O200K.count("<|endoftext|>")).isGreaterThan(1);
  }

  @Test
  void theModelTellsTheVocabulary() {
    assertThat(Tokenizer.of("GPT", "openai/gpt-5")).isEqualTo(Tokenizer.O200K);
    assertThat(Tokenizer.of("GPT", "openai/gpt-4o-mini")).isEqualTo(Tokenizer.O200K);
    assertThat(Tokenizer.of("GPT", "openai/gpt-4-turbo")).isEqualTo(Tokenizer.CL100K);
    assertThat(Tokenizer.of("cl100k_base", "acme/alpha")).isEqualTo(Tokenizer.CL100K);
    assertThat(Tokenizer.of("Claude", "anthropic/claude")).isEqualTo(Tokenizer.CL100K);
    assertThat(Tokenizer.of("Gemini", "google/gemini")).isEqualTo(Tokenizer.O200K);
    assertThat(Tokenizer.of("", "acme/alpha")).isEqualTo(Tokenizer.O200K);
  }

  private static long prompt(String json) {
    return PromptTokens.of(Members.scan(json.getBytes(StandardCharsets.UTF_8)), Tokenizer.CL100K);
  }

  @Test
  void ofARequestWhatTheModelReadsIsCounted() {
    assertThat(prompt("{\"messages\":[{\"role\":\"user\",\"content\":\"tiktoken is great!\"}]}"))
        .isEqualTo(6 + 4);
    // Parts count as the text they hold; what only describes them does not.
    assertThat(
            prompt(
                "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"tiktoken"
                    + " is great!\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]}"))
        .isEqualTo(6 + 4);
    assertThat(
            prompt(
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
                    + "\"image_url\":{\"url\":\"data:image/png;base64,"
                    + "A".repeat(9000)
                    + "\"}}]}]}"))
        .isEqualTo(1000 + 4);
    // Anthropic's shape and the Responses' shape.
    assertThat(
            prompt(
                "{\"system\":\"tiktoken is great!\",\"messages\":[{\"role\":\"user\","
                    + "\"content\":\"tiktoken is great!\"}]}"))
        .isEqualTo(6 + 6 + 4);
    assertThat(prompt("{\"instructions\":\"tiktoken is great!\",\"input\":\"tiktoken is great!\"}"))
        .isEqualTo(12);
    // Tokens that are tokens already.
    assertThat(prompt("{\"input\":[[1,2,3],[4]]}")).isEqualTo(4);
    assertThat(prompt("{\"prompt\":\"tiktoken is great!\",\"metadata\":{\"note\":\"long text\"}}"))
        .isEqualTo(6);
  }

  @Test
  void whatIsBeyondTheLimitIsTakenToBeLikeWhatIsBefore() {
    String sentence = "The quick brown fox jumps over the lazy dog. ";
    long one = prompt("{\"prompt\":\"" + sentence.repeat(20_000) + "\"}");
    long four = prompt("{\"prompt\":\"" + sentence.repeat(80_000) + "\"}");
    assertThat((double) four / one).isBetween(3.95, 4.05);
  }

  @Test
  void countingHappensOnThreadsOfItsOwn() {
    var counter = new TokenCounter();
    try {
      var members = Members.scan("{\"prompt\":\"hello\"}".getBytes(StandardCharsets.UTF_8));
      String thread =
          counter
              .prompt(members, Tokenizer.CL100K)
              .map(_ -> Thread.currentThread().getName())
              .block();
      assertThat(thread).startsWith("token-counter");
    } finally {
      counter.dispose();
    }
  }

  @Test
  void aTranscriptKeepsTheBeginningAndTheLength() {
    var transcript = new Transcript();
    byte[] word = "a \\\"word\\\" ".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 20_000; i++) {
      transcript.visible(word, 0, word.length);
    }
    assertThat(transcript.visible().bytes()).isEqualTo(20_000L * word.length);
    assertThat(transcript.visible().keptBytes())
        .isBetween(Transcript.MAX_KEPT_BYTES - 16, Transcript.MAX_KEPT_BYTES);
    assertThat(transcript.visible().text())
        .startsWith("a \"word\" a \"word\"")
        .doesNotContain("\\");
    // One piece longer than all that is kept is cut where no character or escape is torn.
    var long_ = new Transcript();
    long_.visible("ü\n ".repeat(60_000));
    assertThat(long_.visible().text().replaceAll("[ü\n ]", "")).isEmpty();
    assertThat(long_.visible().text()).startsWith("ü\n ü\n ").hasSizeGreaterThan(30_000);
  }
}
