package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.offer.CatalogLoader.Source;
import dev.signalbox.pricing.Pricing.Item;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;

class CatalogLoaderTest {
  private static final String SMALL =
      """
      providers:
        - {slug: acme, name: Acme, dialect: openai, base_url: "https://api.acme.example/v1/", api_key: "${ACME_KEY}", markup: {percent: "10"}}
        - {slug: local, dialect: openai, base_url: "http://127.0.0.1:11434/v1"}
      models:
        - id: acme/alpha
          aliases: [acme/alpha-old]
          context_length: 32000
          endpoints:
            - {provider: acme, pricing: {prompt: "0.000001", completion: 0.000002}}
            - {provider: local, tag: local/flex, pricing: {prompt: "0", completion: "0"}}
      markup: {percent: "5.5"}
      """;

  private static Offer load(String text, Map<String, String> environment) {
    return CatalogLoader.load(List.of(new Source("catalog.yaml", text)), environment::get, 1);
  }

  @Test
  void aProviderIsLiveOnceItsKeyIsThere() {
    var id = EndpointId.of("acme/alpha", "acme");
    assertThat(load(SMALL, Map.of()).catalog().endpoint(id).orElseThrow().live()).isFalse();
    Offer offer = load(SMALL, Map.of("ACME_KEY", "secret"));
    assertThat(offer.catalog().endpoint(id).orElseThrow().live()).isTrue();
    assertThat(offer.upstreams().get(id).apiKey()).isEqualTo("secret");
    assertThat(offer.upstreams().get(id).toString()).doesNotContain("secret");
    assertThat(offer.upstreams().get(id).baseUrl()).hasToString("https://api.acme.example/v1");
  }

  @Test
  void theFirstVariableThatIsSetCounts() {
    String text = SMALL.replace("${ACME_KEY}", "${FIRST|SECOND}");
    var id = EndpointId.of("acme/alpha", "acme");
    assertThat(load(text, Map.of("SECOND", "two")).upstreams().get(id).apiKey()).isEqualTo("two");
    assertThat(load(text, Map.of("FIRST", "one", "SECOND", "two")).upstreams().get(id).apiKey())
        .isEqualTo("one");
    assertThat(load(text, Map.of()).upstreams()).doesNotContainKey(id);
  }

  @Test
  void vertexIsReachedWhereverItsPlaceIs() {
    String text =
        SMALL
            .replace("dialect: openai", "dialect: vertex")
            .replaceFirst(
                "base_url: \"[^\"]*\"",
                "base_url:"
                    + " \"https://\\${PLACE}-aiplatform.googleapis.com/v1/projects/p/locations/\\${PLACE}\"");
    var id = EndpointId.of("acme/alpha", "acme");
    Map.of(
            "europe-west4", "europe-west4-aiplatform.googleapis.com",
            "global", "aiplatform.googleapis.com",
            "eu", "aiplatform.eu.rep.googleapis.com",
            "us", "aiplatform.us.rep.googleapis.com")
        .forEach(
            (place, host) ->
                assertThat(
                        load(text, Map.of("PLACE", place, "ACME_KEY", "k"))
                            .upstreams()
                            .get(id)
                            .baseUrl())
                    .hasToString("https://" + host + "/v1/projects/p/locations/" + place));
  }

  /// What is called there goes behind it.
  @Test
  void aBaseUrlHasNoQuery() {
    assertThatThrownBy(() -> load(SMALL.replace("/v1/\"", "/v1?x=y\""), Map.of()))
        .hasMessageContaining("providers[0].base_url: not an http or https URL");
  }

  @Test
  void anEndpointMayHaveADialectAndQuirksOfItsOwn() {
    String text =
        SMALL
            .replace(
                "dialect: openai, base_url: \"https",
                "dialect: openai, quirks: [no_user, \"efforts:low\"], base_url: \"https")
            .replace(
                "{provider: acme,",
                "{provider: acme, dialect: openai-responses, quirks: [\"efforts:high\"],");
    var upstream =
        load(text, Map.of("ACME_KEY", "k")).upstreams().get(EndpointId.of("acme/alpha", "acme"));
    assertThat(upstream.dialect()).isEqualTo(Dialect.OPENAI_RESPONSES);
    assertThat(upstream.quirks()).containsExactlyInAnyOrder("no_user", "efforts:high");
    assertThatThrownBy(() -> load(text.replace("no_user", "no_users"), Map.of()))
        .hasMessageContaining("providers[0].quirks: no_users");
  }

  /// Every provider of the shipped catalog is live once its variables are set.
  @Test
  void theShippedEndpointsAreLiveOnceTheirVariablesAreSet() throws IOException {
    String text =
        new ClassPathResource("catalog/default.yaml").getContentAsString(StandardCharsets.UTF_8);
    Offer offer =
        CatalogLoader.load(
            List.of(new Source("default.yaml", text)),
            name -> name.endsWith("URL") ? "http://127.0.0.1:1" : "x-" + name.length(),
            1);
    assertThat(offer.catalog().endpoints()).hasSizeGreaterThan(200);
    assertThat(offer.catalog().endpoints()).allMatch(endpoint -> endpoint.live());
    var bedrock =
        offer.upstreams().values().stream()
            .filter(upstream -> upstream.dialect() == Dialect.BEDROCK)
            .toList();
    assertThat(bedrock)
        .isNotEmpty()
        .allMatch(upstream -> upstream.options().containsKey("secret_key"));
  }

  @Test
  void aLocalServerNeedsNoKeyAndATagMayBeATier() {
    var endpoint =
        load(SMALL, Map.of())
            .catalog()
            .endpoint(EndpointId.of("acme/alpha", "local/flex"))
            .orElseThrow();
    assertThat(endpoint.live()).isTrue();
    assertThat(endpoint.serviceTier()).isEqualTo("flex");
  }

  @Test
  void theMostSpecificMarkupIsInTheListedPrice() {
    var endpoint =
        load(SMALL, Map.of()).catalog().endpoint(EndpointId.of("acme/alpha", "acme")).orElseThrow();
    assertThat(endpoint.listPricing().price(Item.PROMPT)).isEqualByComparingTo("0.0000011");
    assertThat(endpoint.pricing().price(Item.COMPLETION)).isEqualByComparingTo("0.000002");
  }

  @Test
  void everyFaultIsToldWithItsPlace() {
    String broken =
        SMALL
            .replace("provider: local", "provider: nobody")
            .replace("\"0.000001\"", "\"-1\"")
            .replace("context_length: 32000", "context_lenght: 32000\n    created: soon");
    assertThatThrownBy(() -> load(broken, Map.of()))
        .isInstanceOf(InvalidCatalogException.class)
        .hasMessageContaining(
            "catalog.yaml: models[0].endpoints[0].pricing.prompt: -1 (expected: >= 0)")
        .hasMessageContaining("models[0].endpoints[1].provider: no such provider")
        .hasMessageContaining("models[0].created");
  }

  @Test
  void whatShipsLoads() throws IOException {
    var sources = new java.util.ArrayList<Source>();
    for (String name : List.of("catalog/sandbox.yaml", "catalog/default.yaml")) {
      sources.add(
          new Source(name, new ClassPathResource(name).getContentAsString(StandardCharsets.UTF_8)));
    }
    Offer offer =
        CatalogLoader.load(sources, Map.of("SIGNALBOX_SANDBOX_URL", "http://127.0.0.1:1")::get, 1);
    assertThat(offer.catalog().models().count()).isEqualTo(180 + 3);
    assertThat(offer.catalog().endpoints().count()).isEqualTo(287 + 5);
    assertThat(offer.catalog().endpoints().filter(endpoint -> endpoint.live()).count())
        .isEqualTo(5);
  }

  @Test
  void noMutationBreaksTheLoaderInAnUnexpectedWay() {
    var random = new Random(3);
    for (int round = 0; round < 1_000; round++) {
      var text = new StringBuilder(SMALL);
      for (int k = random.nextInt(4); k >= 0; k--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, (char) (32 + random.nextInt(95)));
          default -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
        }
      }
      try {
        load(text.toString(), Map.of());
      } catch (InvalidCatalogException expected) {
        assertThat(expected.faults()).as("round %d", round).isNotEmpty();
      }
    }
  }
}
