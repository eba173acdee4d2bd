package dev.signalbox.gateway.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenAiStreamRelayTest {
  private static final String STREAM =
      "\uFEFF: hello\r\n\r\n"
          + "data:"
          + " {\"id\":\"up-1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
          + "data:{\"choices\":[{\"delta\":{\"content\":\"hé \\u00e9"
          + " 😀\"},\"index\":0,\"x_new\":{\"a\":[1]}}],\"system_fingerprint\":null}\r\n\r\n"
          + "data:"
          + " {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"},\"finish_reason\":null}],\"x_future\":7}\r\r"
          + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"max_tokens\"}]}\n\n"
          + "data:"
          + " {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n"
          + "data: [DONE]\n\n";

  private static OpenAiStreamRelay relay() {
    Glance glance =
        new OpenAiCaller()
            .glance(
                Surface.CHAT_COMPLETIONS,
                "{\"model\":\"a/b\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
                    .getBytes());
    return new OpenAiStreamRelay(glance, new AnswerFacts("gen-1-a", 5, "a/b", "Acme", true));
  }

  private static Receipt receipt(Usage usage) {
    return new Receipt(
        usage,
        Money.of("0.0000015"),
        new Cost(Money.of("0.000001"), Money.of("0.0000005"), Money.ZERO),
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static String through(byte[] bytes, int... cuts) {
    var relay = relay();
    var out = new ByteSink(64);
    int from = 0;
    for (int cut : cuts) {
      relay.accept(bytes, from, cut - from, out);
      from = cut;
    }
    relay.accept(bytes, from, bytes.length - from, out);
    Ending ending = relay.end();
    assertThat(ending.complete()).isTrue();
    relay.close(receipt(ending.usage()), out);
    return new String(out.drain(), StandardCharsets.UTF_8);
  }

  @Test
  void theCallerSeesTheSameWhereverTheNetworkCuts() {
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    String whole = through(bytes);
    for (int cut = 1; cut < bytes.length; cut++) {
      assertThat(through(bytes, cut)).as("cut at %d", cut).isEqualTo(whole);
    }
    int[] everywhere = new int[bytes.length - 1];
    java.util.Arrays.setAll(everywhere, i -> i + 1);
    assertThat(through(bytes, everywhere)).isEqualTo(whole);
  }

  @Test
  void everyChunkIsOursAndWhatWeDoNotKnowSurvives() {
    String out = through(STREAM.getBytes(StandardCharsets.UTF_8));
    assertThat(out)
        .doesNotContain("up-1")
        .doesNotContain("system_fingerprint")
        .doesNotContain(": hello");
    assertThat(out.split("data: \\{\"id\":\"gen-1-a\"", -1)).hasSize(6);
    assertThat(out)
        .contains(
            "\"x_new\":{\"a\":[1]}", "\"x_future\":7", "\"reasoning\":\"hm\"", "hé \\u00e9 😀")
        .contains("\"finish_reason\":\"length\",\"native_finish_reason\":\"max_tokens\"")
        .contains("\"cost\":0.0000015")
        .endsWith("data: [DONE]\n\n");
    assertThat(out.split("\"usage\":", -1)).hasSize(2);
  }

  @Test
  void cachedTokensAreCountedOnce() {
    var relay = relay();
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    relay.accept(bytes, 0, bytes.length, new ByteSink(16));
    Ending ending = relay.end();
    assertThat(ending.usageReported()).isTrue();
    assertThat(ending.usage().cacheRead()).isEqualTo(4);
    assertThat(ending.usage().freshPrompt()).isEqualTo(8);
    assertThat(ending.usage().totalTokens()).isEqualTo(17);
  }

  @Test
  void aRoleAloneIsNoAnswerYet() {
    var relay = relay();
    byte[] role = STREAM.substring(0, STREAM.indexOf("data:{")).getBytes(StandardCharsets.UTF_8);
    relay.accept(role, 0, role.length, new ByteSink(16));
    assertThat(relay.started()).isFalse();
  }

  @Test
  void anErrorEventIsAFaultWithoutTheProvidersSecrets() {
    var relay = relay();
    byte[] bytes =
        "data: {\"error\":{\"message\":\"overloaded, key sk-abc123456789 is hot\",\"code\":529}}\n\n"
            .getBytes();
    assertThat(relay.accept(bytes, 0, bytes.length, new ByteSink(16))).isTrue();
    var fault = relay.end().fault().orElseThrow();
    assertThat(fault.status()).isEqualTo(529);
    assertThat(fault.errorType()).isEqualTo("provider_overloaded");
    assertThat(fault.message()).doesNotContain("sk-abc").contains("overloaded");
  }

  @Test
  void absurdUsageIsCountedByUsInstead() {
    for (String usage :
        new String[] {
          "{\"prompt_tokens\":-1}", "{\"prompt_tokens\":\"9\"}", "{\"prompt_tokens\":1e309}", "null"
        }) {
      var relay = relay();
      byte[] bytes =
          ("data:"
               + " {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"12345678\"},\"finish_reason\":\"stop\"}],\"usage\":"
                  + usage
                  + "}\n\ndata: [DONE]\n\n")
              .getBytes();
      relay.accept(bytes, 0, bytes.length, new ByteSink(16));
      Ending ending = relay.end();
      assertThat(ending.usageReported()).as(usage).isFalse();
      assertThat(ending.usage().completionTokens()).as(usage).isEqualTo(2);
    }
  }

  @Test
  void aChunkThatCannotBeReadIsNotHalfShown() {
    var relay = relay();
    var out = new ByteSink(16);
    byte[] good = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n".getBytes();
    relay.accept(good, 0, good.length, out);
    int shown = out.length();
    byte[] bad =
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"text\":\"\u00ff\"}]}}]}\n\n"
            .getBytes(StandardCharsets.ISO_8859_1);
    assertThat(relay.accept(bad, 0, bad.length, out)).isTrue();
    assertThat(out.length()).isEqualTo(shown);
    assertThat(relay.end().fault()).isPresent();
  }
}
