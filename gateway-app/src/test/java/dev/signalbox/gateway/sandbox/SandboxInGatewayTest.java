package dev.signalbox.gateway.sandbox;

import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.TestGateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The sandbox as the gateway's providers, with the shipped catalog.
class SandboxInGatewayTest {
  @Test
  void anOutageMadeByTheOperatorIsFallenBackFrom(@TempDir Path directory) throws Exception {
    try (var gateway = new TestGateway(directory, "")) {
      JsonNode info = json(gateway.get(gateway.management() + "/actuator/info")).path("sandbox");
      assertThat(info.path("synthetic").asBoolean()).isTrue();
      for (String body :
          new String[] {
            "cheap {\"down\": true}",
            "steady {\"down\": true, \"status\": 500}",
            "fast {\"token_ms\": 0}"
          }) {
        var told =
            gateway.send(
                HttpRequest.newBuilder(
                        URI.create(info.path("control").asString() + "/" + body.split(" ")[0]))
                    .POST(BodyPublishers.ofString(body.substring(body.indexOf(' ')))));
        assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
      }
      var answer =
          gateway.chat(
              "\"model\":\"signalbox/sandbox\",\"provider\":{\"order\":[\"sandbox-cheap\","
                  + "\"sandbox-steady\"]},\"response_format\":{\"type\":\"json_schema\","
                  + "\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\",\"properties\":"
                  + "{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}}},\"reasoning\":{\"effort\":\"low\"}");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json(answer).path("provider").asString()).isEqualTo("Sandbox Fast (synthetic)");
      JsonNode message = json(answer).path("choices").path(0).path("message");
      assertThat(
              TestGateway.JSON
                  .readTree(message.path("content").asString())
                  .path("n")
                  .isIntegralNumber())
          .isTrue();
      assertThat(message.path("reasoning").asString()).isNotEmpty();
    }
  }

  @Test
  void itIsWhatTheGatewayChoosesWhereNoProviderHasAKey(@TempDir Path directory) throws Exception {
    try (var gateway = new TestGateway(directory, "")) {
      var answer = gateway.chat("\"model\":\"openrouter/auto\"");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json(answer).path("model").asString()).isEqualTo("signalbox/sandbox");
    }
  }

  @Test
  void switchedOffItIsGone(@TempDir Path directory) throws Exception {
    try (var gateway = new TestGateway(directory, "", "--signalbox.sandbox.enabled=false")) {
      assertThat(json(gateway.get(gateway.management() + "/actuator/info")).has("sandbox"))
          .isFalse();
      var models = gateway.get(gateway.base() + "/api/v1/models");
      assertThat(models.body()).doesNotContain("signalbox/sandbox");
      assertThat(gateway.chat("\"model\":\"signalbox/sandbox\"").statusCode()).isEqualTo(400);
    }
  }
}
