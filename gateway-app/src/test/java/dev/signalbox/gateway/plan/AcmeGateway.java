package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.FakeProvider.Script;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The contract's fixture as a running gateway, with providers on real sockets that note who was
/// asked, in order.
final class AcmeGateway implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ALL =
      "[tools, tool_choice, response_format, structured_outputs, temperature, top_p, seed, stop,"
          + " max_tokens, logit_bias, verbosity]";

  final RunningGateway gateway;
  private final Map<String, FakeProvider> providers = new LinkedHashMap<>();

  /// The tags of the endpoints that were asked, with `beta:` and `free:` before those of others
  /// than `acme/alpha`.
  final List<String> asked = new CopyOnWriteArrayList<>();

  final List<JsonNode> bodies = new CopyOnWriteArrayList<>();

  AcmeGateway(Path directory) throws Exception {
    for (String slug : List.of("pa", "pb", "pc")) {
      providers.put(slug, FakeProvider.start());
    }
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(
        file,
        """
        providers:
          - {slug: pa, name: Provider A, dialect: openai, base_url: "%1$s", data_policy: {training: false, retains_prompts: false, zdr: true}, datacenters: [DE]}
          - {slug: pb, name: Provider B, dialect: openai, base_url: "%2$s", data_policy: {training: true, retains_prompts: true, zdr: false}, datacenters: [DE, US]}
          - {slug: pc, name: Provider C, dialect: openai, base_url: "%3$s", data_policy: {training: false, retains_prompts: false, zdr: true}}
        models:
          - id: acme/alpha
            context_length: 32000
            aliases: [acme/alpha-old]
            endpoints:
              - {provider: pa, upstream_model: "pa", pricing: {prompt: "0.000001", completion: "0.000001"}, quantization: fp8, max_completion_tokens: 8000, supported_parameters: %4$s}
              - {provider: pb, tag: pb/turbo, upstream_model: "pb/turbo", pricing: {prompt: "0.000002", completion: "0.000002"}, quantization: bf16, max_completion_tokens: 4000, supported_parameters: [temperature, max_tokens, seed]}
              - {provider: pc, upstream_model: "pc", pricing: {prompt: "0.000003", completion: "0.000003"}, quantization: mxfp4, max_completion_tokens: 16000, data_region: us, supported_parameters: %4$s}
              - {provider: pa, tag: pa/priority, upstream_model: "pa/priority", pricing: {prompt: "0.000002", completion: "0.000002"}, quantization: fp8, max_completion_tokens: 8000, supported_parameters: %4$s}
              - {provider: pa, tag: pa/flex, upstream_model: "pa/flex", pricing: {prompt: "0.0000005", completion: "0.0000005"}, quantization: fp8, max_completion_tokens: 8000, supported_parameters: %4$s}
          - id: acme/beta
            context_length: 128000
            endpoints:
              - {provider: pc, upstream_model: "beta:pc", pricing: {prompt: "0.0000002", completion: "0.0000002"}, quantization: bf16, max_completion_tokens: 16000, supported_parameters: %4$s}
          - id: acme/alpha:free
            context_length: 32000
            endpoints:
              - {provider: pa, upstream_model: "free:pa", pricing: {prompt: "0", completion: "0"}, quantization: fp8, max_completion_tokens: 2000, supported_parameters: %4$s}
          - id: acme/gratis
            endpoints:
              - {provider: pb, upstream_model: "gratis:pb", pricing: {prompt: "0", completion: "0"}, supported_parameters: [temperature]}
          - id: acme/embed
            architecture: {output_modalities: [embeddings]}
            endpoints:
              - {provider: pa, upstream_model: "embed:pa", pricing: {prompt: "0.00000002", completion: "0"}}
        """
            .formatted(
                providers.get("pa").url(),
                providers.get("pb").url(),
                providers.get("pc").url(),
                ALL));
    gateway =
        new RunningGateway(
            PostgresFixture.migrated(),
            file,
            directory.resolve("data"),
            "--signalbox.free-models.requests-per-minute=10000",
            "--signalbox.free-models.requests-per-day=10000",
            "--signalbox.free-models.requests-per-day-with-credits=10000");
    measure();
  }

  /// Tells the vitals what the fixture says of latency and throughput: p50, and from p75 on p90.
  private void measure() {
    measured("acme/alpha@pa", 0.8, 2.0, 120, 60);
    measured("acme/alpha@pb/turbo", 0.4, 1.0, 200, 150);
    measured("acme/alpha@pc", 2.0, 5.0, 50, 20);
    measured("acme/alpha@pa/priority", 0.3, 0.6, 300, 250);
    measured("acme/alpha@pa/flex", 4, 9, 30, 10);
    measured("acme/beta@pc", 1.0, 2.5, 110, 70);
  }

  private void measured(
      String id, double latency50, double latency90, double rate50, double rate90) {
    VitalsBoard board = gateway.context.getBean(VitalsBoard.class);
    // So many that the few quick answers of the tests hardly move the percentiles.
    for (int i = 0; i < 10_000; i++) {
      boolean better = i % 10 < 6;
      double latency = better ? latency50 : latency90;
      double rate = better ? rate50 : rate90;
      board.answered(
          new EndpointId(id), (long) (latency * 1e9), (long) (1_000 * 1e9 / rate), 1_000);
    }
  }

  /// Lets everybody answer, and forgets outages.
  void reset() {
    asked.clear();
    bodies.clear();
    providers.keySet().forEach(slug -> usually(slug, FakeProvider.answers("one two")));
    gateway.context.getBean(Breakers.class).forget();
  }

  void usually(String slug, Script script) {
    providers
        .get(slug)
        .usually(
            (body, response) -> {
              JsonNode read = JSON.readTree(body);
              asked.add(read.path("model").asString());
              bodies.add(read);
              return script.answer(body, response);
            });
  }

  void allFail() {
    providers.keySet().forEach(slug -> usually(slug, FakeProvider.raw(500, "{}")));
  }

  HttpResponse<String> chat(String members) throws Exception {
    return chat(gateway.key, members);
  }

  HttpResponse<String> chat(String key, String members) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.chat(key, members), (_, _) -> true)
            .header("X-OpenRouter-Metadata", "enabled")
            .build();
    return gateway.send(request);
  }

  /// Returns the endpoints tried for a request that fails everywhere. One that has nowhere else to
  /// go is tried twice, and told once.
  List<String> tried(String key, String members) throws Exception {
    reset();
    allFail();
    HttpResponse<String> response = chat(key, members);
    assertThat(response.statusCode()).as(response.body()).isGreaterThanOrEqualTo(500);
    var tried = new ArrayList<String>();
    for (String tag : asked) {
      if (tried.isEmpty() || !tried.getLast().equals(tag)) {
        tried.add(tag);
      }
    }
    return tried;
  }

  /// Returns a key with defaults of its own.
  String key(@Nullable String routing) throws Exception {
    var made = gateway.call("POST", "/api/v1/keys", RunningGateway.ADMIN, "{\"name\":\"k\"}");
    JsonNode body = RunningGateway.json(made);
    String path = "/api/v1/keys/" + body.path("data").path("hash").asString() + "/routing";
    var set = gateway.call("PUT", path, RunningGateway.ADMIN, routing);
    assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    return body.path("key").asString();
  }

  @Override
  public void close() {
    gateway.close();
    providers.values().forEach(FakeProvider::close);
  }
}
