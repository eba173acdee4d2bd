package dev.signalbox.gateway.surface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.TestGateway;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The contract's assertions on the catalogue, asked of the running gateway.
class CatalogueTest {
  @TempDir static Path directory;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: pa, name: Provider A, dialect: openai, base_url: "http://127.0.0.1:1/v1", data_policy: &good {training: false, retains_prompts: false, zdr: true}, datacenters: [US]}
              - {slug: pb, name: Provider B, dialect: openai, base_url: "http://127.0.0.1:1/v1", data_policy: {training: true, retains_prompts: true, zdr: false}}
              - {slug: pc, name: Provider C, dialect: openai, base_url: "http://127.0.0.1:1/v1", data_policy: *good, datacenters: [DE]}
            models:
              - id: acme/alpha
                name: "Acme: Alpha <1>"
                created: 1767225600
                context_length: 32000
                aliases: [acme/alpha-old]
                endpoints:
                  - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}, supported_parameters: [tools, temperature]}
                  - {provider: pb, tag: pb/turbo, pricing: {prompt: "0.000002", completion: "0.000002"}, supported_parameters: [temperature]}
                  - {provider: pc, pricing: {prompt: "0.000003", completion: "0.000003"}, supported_parameters: [tools]}
                  - {provider: pa, tag: pa/priority, pricing: {prompt: "0.000002", completion: "0.000002"}}
                  - {provider: pa, tag: pa/flex, pricing: {prompt: "0.0000005", completion: "0.0000005"}}
              - id: acme/beta
                created: 1700000000
                context_length: 128000
                endpoints:
                  - {provider: pc, pricing: {prompt: "0.0000002", completion: "0.0000002"}, supported_parameters: [seed]}
              - id: other/gamma
                context_length: 8000
                endpoints:
                  - {provider: pb, pricing: {prompt: "0.00001", completion: "0.00001"}}
              - id: acme/embed
                architecture: {input_modalities: [text], output_modalities: [embeddings]}
                endpoints:
                  - {provider: pa, pricing: {prompt: "0.00000002", completion: "0"}}
            """);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
  }

  private static JsonNode get(String path) throws Exception {
    var response = gateway.get(gateway.base() + "/api/v1" + path);
    assertThat(response.statusCode()).as(path + response.body()).isEqualTo(200);
    return TestGateway.json(response);
  }

  private static List<String> ids(String query) throws Exception {
    var ids = new ArrayList<String>();
    get("/models" + query).path("data").forEach(row -> ids.add(row.path("id").asString()));
    return ids;
  }

  @Test
  void allModelsThatMakeTextAreListedWithEveryRequiredKey() throws Exception {
    JsonNode list = get("/models");
    assertThat(ids("")).containsExactlyInAnyOrder("acme/alpha", "acme/beta", "other/gamma");
    assertThat(list.path("total_count").asInt()).isEqualTo(3);
    assertThat(list.path("links").path("next").isNull()).isTrue();
    for (JsonNode row : list.path("data")) {
      for (String key :
          List.of(
              "id",
              "canonical_slug",
              "name",
              "created",
              "context_length",
              "architecture",
              "pricing",
              "top_provider",
              "per_request_limits",
              "supported_parameters",
              "default_parameters",
              "supported_voices",
              "links")) {
        assertThat(row.has(key)).as(key).isTrue();
      }
      assertThat(row.path("pricing").path("prompt").isString()).isTrue();
    }
    assertThat(get("/models/count").path("data").path("count").asInt()).isEqualTo(3);
  }

  @Test
  void filtersNarrowTheList() throws Exception {
    assertThat(ids("?output_modalities=all")).contains("acme/embed").hasSize(4);
    assertThat(ids("?output_modalities=embeddings")).containsExactly("acme/embed");
    assertThat(ids("?supported_parameters=tools")).containsExactly("acme/alpha");
    assertThat(ids("?max_price=0.5")).containsExactly("acme/beta");
    assertThat(ids("?min_price=5")).containsExactly("other/gamma");
    assertThat(ids("?context=100000")).containsExactly("acme/beta");
    assertThat(ids("?model_authors=other")).containsExactly("other/gamma");
    assertThat(ids("?q=ALPHA")).containsExactly("acme/alpha");
    assertThat(ids("?zdr=true")).containsExactlyInAnyOrder("acme/alpha", "acme/beta");
    assertThat(ids("?region=us")).containsExactly("acme/alpha");
    assertThat(ids("?region=eu")).containsExactlyInAnyOrder("acme/alpha", "acme/beta");
    assertThat(ids("?providers=pb")).containsExactlyInAnyOrder("acme/alpha", "other/gamma");
    assertThat(ids("?min_intelligence_index=10")).isEmpty();
    assertThat(ids("?category=programming")).isEmpty();
    assertThat(ids("?min_age_days=700")).contains("acme/beta").doesNotContain("acme/alpha");
  }

  @Test
  void theListIsSortedAndPagedAsAsked() throws Exception {
    assertThat(ids("?sort=pricing-low-to-high"))
        .containsExactly("acme/beta", "acme/alpha", "other/gamma");
    assertThat(ids("?sort=context-high-to-low"))
        .containsExactly("acme/beta", "acme/alpha", "other/gamma");
    assertThat(ids("?sort=latency-low-to-high")).hasSize(3);
    JsonNode page = get("/models?limit=1");
    assertThat(page.path("data").size()).isEqualTo(1);
    assertThat(page.path("total_count").asInt()).isEqualTo(3);
    assertThat(page.path("links").path("next").asString())
        .isEqualTo("/api/v1/models?offset=1&limit=1");
    for (String wrong :
        List.of(
            "sort=bogus",
            "category=bogus",
            "region=mars",
            "zdr=maybe",
            "limit=0",
            "max_price=x",
            "output_modalities=smell",
            "min_coding_index=x")) {
      assertThat(gateway.get(gateway.base() + "/api/v1/models?" + wrong).statusCode())
          .as(wrong)
          .isEqualTo(400);
    }
  }

  @Test
  void aModelIsRetrievedAsSdksDo() throws Exception {
    for (String path : List.of("acme/alpha", "acme%2Falpha", "acme%2Falpha-old")) {
      JsonNode model = get("/models/" + path);
      assertThat(model.path("id").asString()).as(path).isEqualTo("acme/alpha");
      assertThat(model.path("object").asString()).isEqualTo("model");
      assertThat(model.path("owned_by").asString()).isEqualTo("acme");
      assertThat(model.path("type").asString()).isEqualTo("model");
      assertThat(model.path("display_name")).isEqualTo(model.path("name"));
      assertThat(model.path("created_at").asString())
          .isEqualTo(Instant.ofEpochSecond(model.path("created").asLong()).toString());
      assertThat(model.has("pricing")).isTrue();
    }
    for (String unknown : List.of("acme/nothing", "acme%2Fnothing", "nothing")) {
      var answer = gateway.get(gateway.base() + "/api/v1/models/" + unknown);
      assertThat(answer.statusCode()).as(unknown).isEqualTo(404);
      assertThat(TestGateway.json(answer).at("/error/code").asInt()).isEqualTo(404);
    }
  }

  @Test
  void aModelAndItsEndpointsCanBeLookedUp() throws Exception {
    assertThat(get("/model/acme/alpha-old").path("data").path("id").asString())
        .isEqualTo("acme/alpha");
    JsonNode endpoints = get("/models/acme/alpha/endpoints").path("data").path("endpoints");
    var tags = new TreeSet<String>();
    endpoints.forEach(endpoint -> tags.add(endpoint.path("tag").asString()));
    assertThat(tags).containsExactly("pa", "pa/flex", "pa/priority", "pb/turbo", "pc");
    assertThat(endpoints.path(0).path("latency_last_30m").isNull()).isTrue();
    for (String unknown : List.of("/models/acme/nothing/endpoints", "/model/acme/nothing")) {
      assertThat(gateway.get(gateway.base() + "/api/v1" + unknown).statusCode()).isEqualTo(404);
    }
    for (JsonNode endpoint : get("/endpoints/zdr").path("data")) {
      assertThat(endpoint.path("tag").asString()).doesNotStartWith("pb");
    }
    for (JsonNode provider : get("/providers").path("data")) {
      assertThat(provider.has("slug")).isTrue();
      assertThat(provider.has("name")).isTrue();
      assertThat(provider.has("privacy_policy_url")).isTrue();
    }
  }

  @Test
  void aCallersOwnListNeedsAKey() throws Exception {
    assertThat(gateway.get(gateway.base() + "/api/v1/models/user").statusCode()).isEqualTo(401);
    var own = gateway.send(gateway.request("/api/v1/models/user", gateway.key()).GET());
    assertThat(TestGateway.json(own).path("data").size()).isEqualTo(3);
    assertThat(TestGateway.json(own).path("total_count").asInt()).isEqualTo(3);
  }

  @Test
  void theListIsAFeedToo() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            java.net.URI.create(gateway.base() + "/api/v1/models?use_rss=true&q=alpha"));
    var feed = gateway.send(request);
    assertThat(feed.statusCode()).as(feed.body()).isEqualTo(200);
    assertThat(feed.headers().firstValue("content-type").orElse(""))
        .contains("application/rss+xml");
    var document =
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new org.xml.sax.InputSource(new java.io.StringReader(feed.body())));
    assertThat(document.getElementsByTagName("item").getLength()).isEqualTo(1);
    assertThat(document.getElementsByTagName("title").item(1).getTextContent())
        .isEqualTo("Acme: Alpha <1>");
  }
}
