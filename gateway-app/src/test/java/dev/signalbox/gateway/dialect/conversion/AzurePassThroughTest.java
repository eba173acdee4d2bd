package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import org.junit.jupiter.api.Test;

class AzurePassThroughTest {
  @Test
  void theDeploymentIsPartOfThePathAndUnknownFieldsSurvive() {
    var talk =
        Talk.of(
            Surface.CHAT_COMPLETIONS,
            Dialect.AZURE_OPENAI,
            """
            {"model":"m/n","brand_new":[1],"messages":[{"role":"user","content":"x"}]}
            """);
    assertThat(talk.upstreamPath())
        .isEqualTo("/openai/deployments/alpha-1/chat/completions?api-version=2024-10-21");
    assertThat(talk.upstreamRequest().path("brand_new").path(0).intValue()).isEqualTo(1);
  }
}
