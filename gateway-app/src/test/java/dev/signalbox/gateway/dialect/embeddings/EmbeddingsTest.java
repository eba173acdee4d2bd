package dev.signalbox.gateway.dialect.embeddings;

import static dev.signalbox.gateway.provider.TestGateway.idOf;
import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Embeddings through the running gateway, at providers of each format.
class EmbeddingsTest {
  @TempDir static Path directory;

  private static FakeProvider provider;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: openai, name: OpenAI, dialect: openai, base_url: "%1$s", api_key: k}
              - {slug: mistral, name: Mistral, dialect: mistral, base_url: "%1$s", api_key: k}
              - {slug: azure, name: Azure, dialect: azure-openai, base_url: "%1$s", api_key: k}
              - {slug: gemini, name: Gemini, dialect: gemini, base_url: "%1$s", api_key: k}
              - {slug: cohere, name: Cohere, dialect: cohere, base_url: "%1$s", api_key: k}
              - {slug: bedrock, name: Bedrock, dialect: bedrock, base_url: "%1$s", api_key: ABSKx}
              - {slug: claude, name: Claude, dialect: anthropic, base_url: "%1$s", api_key: k}
            models:
              - {id: acme/openai, architecture: &vectors {input_modalities: [text], output_modalities: [embeddings], tokenizer: cl100k_base}, endpoints: [{provider: openai, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/mistral, architecture: *vectors, endpoints: [{provider: mistral, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/azure, architecture: *vectors, endpoints: [{provider: azure, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/gemini, architecture: *vectors, endpoints: [{provider: gemini, upstream_model: gemini-embedding-001, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/cohere, architecture: *vectors, endpoints: [{provider: cohere, upstream_model: embed-v4.0, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/titan, architecture: *vectors, endpoints: [{provider: bedrock, upstream_model: "amazon.titan-embed-text-v2:0", pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/cohere-at-bedrock, architecture: *vectors, endpoints: [{provider: bedrock, upstream_model: "cohere.embed-v4:0", pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/claude, architecture: *vectors, endpoints: [{provider: claude, pricing: {prompt: "0.000001", completion: "0"}}]}
              - {id: acme/chat, endpoints: [{provider: openai, pricing: {prompt: "0.000001", completion: "0"}}]}
            """
                .formatted(provider.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
  }

  private static HttpResponse<String> embed(String members) throws Exception {
    return gateway.post("/api/v1/embeddings", gateway.key(), "{" + members + "}");
  }

  private static JsonNode sent() {
    return TestGateway.JSON.readTree(provider.requests().getLast());
  }

  private static void hasTwoVectors(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode answer = json(response);
    assertThat(answer.path("object").asString()).isEqualTo("list");
    assertThat(answer.path("id").asString()).startsWith("gen-");
    assertThat(answer.path("data")).hasSize(2);
    for (int i = 0; i < 2; i++) {
      JsonNode one = answer.path("data").path(i);
      assertThat(one.path("object").asString()).isEqualTo("embedding");
      assertThat(one.path("index").asInt()).isEqualTo(i);
      assertThat(floats(one.path("embedding"))).containsExactly(i + 0.5f, -0.25f);
    }
  }

  private static float[] floats(JsonNode embedding) {
    if (embedding.isString()) {
      var packed =
          ByteBuffer.wrap(Base64.getDecoder().decode(embedding.asString()))
              .order(ByteOrder.LITTLE_ENDIAN);
      return new float[] {packed.getFloat(), packed.getFloat()};
    }
    return new float[] {embedding.path(0).floatValue(), embedding.path(1).floatValue()};
  }

  private static void isPricedFor(HttpResponse<String> response, long tokens, boolean estimated)
      throws Exception {
    JsonNode usage = json(response).path("usage");
    assertThat(usage.path("prompt_tokens").asLong()).isEqualTo(tokens);
    assertThat(usage.path("total_tokens").asLong()).isEqualTo(tokens);
    var row = gateway.row(idOf(response));
    assertThat(row.get("estimated")).isEqualTo(estimated);
    assertThat((BigDecimal) row.get("charged"))
        .isEqualByComparingTo(new BigDecimal("0.000001").multiply(BigDecimal.valueOf(tokens)))
        .isEqualByComparingTo(usage.path("cost").decimalValue());
  }

  private static final String TWO = "\"input\":[\"tiktoken is great!\",\"hello\"]";

  @Test
  void geminiIsAskedInABatchAndCountedByOurselves() throws Exception {
    for (String encoding : new String[] {"float", "base64"}) {
      provider.next(
          FakeProvider.raw(
              200, "{\"embeddings\":[{\"values\":[0.5,-0.25]},{\"values\":[1.5,-0.25]}]}"));
      var response =
          embed(
              "\"model\":\"acme/gemini\",\"dimensions\":2,\"input_type\":\"search_query\",\"encoding_format\":\"%s\",%s"
                  .formatted(encoding, TWO));
      hasTwoVectors(response);
      assertThat(json(response).path("data").path(0).path("embedding").isString())
          .isEqualTo(encoding.equals("base64"));
      isPricedFor(response, 7, true);
      JsonNode second = sent().path("requests").path(1);
      assertThat(second.path("model").asString()).isEqualTo("models/gemini-embedding-001");
      assertThat(second.path("content").path("parts").path(0).path("text").asString())
          .isEqualTo("hello");
      assertThat(second.path("taskType").asString()).isEqualTo("RETRIEVAL_QUERY");
      assertThat(second.path("outputDimensionality").asInt()).isEqualTo(2);
    }
  }

  @Test
  void cohereIsToldWhatVectorsAreFor() throws Exception {
    String answer =
        "{\"id\":\"x\",\"embeddings\":{\"float\":[[0.5,-0.25],[1.5,-0.25]]},\"meta\":{\"billed_units\":{\"input_tokens\":11}}}";
    provider.next(FakeProvider.raw(200, answer));
    var response = embed("\"model\":\"acme/cohere\",\"dimensions\":256," + TWO);
    hasTwoVectors(response);
    isPricedFor(response, 11, false);
    assertThat(sent().path("input_type").asString()).isEqualTo("search_document");
    assertThat(sent().path("model").asString()).isEqualTo("embed-v4.0");
    assertThat(sent().path("texts")).hasSize(2);
    assertThat(sent().path("output_dimension").asInt()).isEqualTo(256);
    provider.next(FakeProvider.raw(200, answer));
    embed("\"model\":\"acme/cohere\",\"input_type\":\"clustering\"," + TWO);
    assertThat(sent().path("input_type").asString()).isEqualTo("clustering");
  }

  @Test
  void bedrockIsAskedInTheModelsOwnWords() throws Exception {
    provider.next(
        FakeProvider.raw(
            200,
            "{\"embedding\":[0.5,-0.25],\"embeddingsByType\":{\"float\":[0.5,-0.25]},\"inputTextTokenCount\":4}"));
    var one = embed("\"model\":\"acme/titan\",\"dimensions\":256,\"input\":[\"hello\"]");
    assertThat(one.statusCode()).as(one.body()).isEqualTo(200);
    assertThat(floats(json(one).path("data").path(0).path("embedding")))
        .containsExactly(0.5f, -0.25f);
    isPricedFor(one, 4, false);
    assertThat(sent())
        .isEqualTo(TestGateway.JSON.readTree("{\"inputText\":\"hello\",\"dimensions\":256}"));
    var several = embed("\"model\":\"acme/titan\"," + TWO);
    assertThat(several.statusCode()).isEqualTo(400);
    assertThat(several.body()).contains("expected: one");
    for (String vectors : new String[] {"{\"float\":%s}", "%s"}) {
      provider.next(
          FakeProvider.raw(
              200,
              "{\"id\":\"x\",\"texts\":[\"a\",\"b\"],\"embeddings\":%s,\"response_type\":\"embeddings_by_type\"}"
                  .formatted(vectors.formatted("[[0.5,-0.25],[1.5,-0.25]]"))));
      var two = embed("\"model\":\"acme/cohere-at-bedrock\",\"dimensions\":256," + TWO);
      hasTwoVectors(two);
      isPricedFor(two, 7, true);
      assertThat(sent().has("model")).isFalse();
      assertThat(sent().path("texts")).hasSize(2);
      assertThat(sent().path("output_dimension").asInt()).isEqualTo(256);
    }
  }

  @Test
  void openAisFormatPassesThroughAndIsPackedWhereTheProviderDoesNot() throws Exception {
    String answer =
        "{\"object\":\"list\",\"model\":\"up\",\"x_new\":1,\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5,-0.25]},"
            + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[1.5,-0.25]}],\"usage\":{\"prompt_tokens\":9,\"total_tokens\":9}}";
    for (String model : new String[] {"openai", "mistral", "azure"}) {
      for (String encoding : new String[] {"", ",\"encoding_format\":\"base64\""}) {
        provider.next(FakeProvider.raw(200, answer));
        var response = embed("\"model\":\"acme/" + model + "\"," + TWO + encoding);
        hasTwoVectors(response);
        isPricedFor(response, 9, false);
        assertThat(json(response).path("data").path(1).path("embedding").isString())
            .isEqualTo(!encoding.isEmpty());
        assertThat(json(response).path("x_new").asInt()).isEqualTo(1);
      }
    }
    // Tokens go as they came.
    provider.next(FakeProvider.raw(200, answer));
    assertThat(embed("\"model\":\"acme/openai\",\"input\":[[1,2],[3]]").statusCode())
        .isEqualTo(200);
    assertThat(sent().path("input").path(0).path(1).asInt()).isEqualTo(2);
  }

  @Test
  void whatAProviderCannotBeToldIsTheCallersToKnow() throws Exception {
    var tokens = embed("\"model\":\"acme/gemini\",\"input\":[[1,2],[3]]");
    assertThat(tokens.statusCode()).as(tokens.body()).isEqualTo(400);
    assertThat(tokens.body()).contains("tokens");
    assertThat(embed("\"model\":\"acme/gemini\",\"input\":[]").statusCode()).isEqualTo(400);
    assertThat(embed("\"model\":\"acme/cohere\",\"input\":\"x\",\"dimensions\":0").statusCode())
        .isEqualTo(400);
    assertThat(
            embed(
                    "\"model\":\"acme/gemini\",\"input\":[{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}]}]")
                .statusCode())
        .isEqualTo(400);
    assertThat(provider.requests()).isEmpty();
    assertThat(embed("\"model\":\"acme/claude\",\"input\":\"x\"").statusCode()).isBetween(400, 404);
  }

  @Test
  void aVectorTooFewIsTheProvidersFault() throws Exception {
    for (String broken :
        new String[] {
          "{\"embeddings\":[{\"values\":[0.5]}]}",
          "{\"embeddings\":[]}",
          "{}",
          "not json",
          "{\"embeddings\":[{\"values\":[]},{\"values\":[1]}]}",
          "{\"error\":{\"message\":\"quota\",\"code\":429}}"
        }) {
      provider.usually(FakeProvider.raw(200, broken));
      gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
      var response = embed("\"model\":\"acme/gemini\"," + TWO);
      assertThat(response.statusCode()).as(broken + " " + response.body()).isIn(429, 502, 503);
    }
  }

  @Test
  void theWrongDoorIsNamed() throws Exception {
    var embedded = embed("\"model\":\"acme/chat\",\"input\":\"x\"");
    assertThat(embedded.statusCode()).isEqualTo(400);
    assertThat(json(embedded).path("error").path("availability").path("code").asString())
        .isEqualTo("wrong_endpoint");
    var chatted = gateway.chat("\"model\":\"acme/openai\"");
    assertThat(chatted.statusCode()).isEqualTo(400);
    assertThat(json(chatted).path("error").path("availability").path("code").asString())
        .isEqualTo("wrong_endpoint");
  }
}
