package dev.signalbox.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.problem.ProblemHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class KeysEndpointTest {
  private static final String OPERATOR = "an operator's key, 24 or more";
  private static final JsonMapper JSON = new JsonMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private String base = "";

  @TempDir Path data;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(AccountConfiguration.class)
  static class Application {
    @Bean
    ProblemHandler problemHandler() {
      return new ProblemHandler();
    }
  }

  @Test
  void managesKeysAsTheContractSays() throws Exception {
    try (ConfigurableApplicationContext context = start()) {
      base = "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
      context.getBean(FirstStart.class).run(base).block(Eventually.PATIENCE);

      assertThat(call("GET", "/api/v1/key", null, null).statusCode()).isEqualTo(401);
      assertThat(call("GET", "/api/v1/key", KeySecret.generate(), null).statusCode())
          .isEqualTo(401);
      assertThat(call("POST", "/api/v1/keys", OPERATOR, "{}").statusCode()).isEqualTo(400);
      String zoned = "{\"name\":\"x\",\"expires_at\":\"2030-01-01T00:00:00+02:00\"}";
      assertThat(call("POST", "/api/v1/keys", OPERATOR, zoned).statusCode()).isEqualTo(400);

      var made =
          call(
              "POST",
              "/api/v1/keys",
              OPERATOR,
              "{\"name\":\"ci\",\"limit\":1,\"limit_reset\":\"daily\"}");
      assertThat(made.statusCode()).isEqualTo(201);
      JsonNode body = JSON.readTree(made.body());
      String secret = body.get("key").stringValue();
      String hash = body.at("/data/hash").stringValue();
      assertThat(secret).matches("sk-or-v1-[0-9a-f]{64}");
      assertThat(hash).isEqualTo(KeySecret.hash(secret));
      assertThat(body.at("/data/limit_remaining").asInt()).isEqualTo(1);
      assertThat(body.at("/data/updated_at").isNull()).isTrue();

      var own = call("GET", "/api/v1/key", secret, null);
      assertThat(own.statusCode()).isEqualTo(200);
      assertThat(JSON.readTree(own.body()).at("/data/limit_reset").stringValue())
          .isEqualTo("daily");
      var refused = call("GET", "/api/v1/keys", secret, null);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).contains("Only management keys can perform this operation");

      String path = "/api/v1/keys/" + hash;
      var unlimited = call("PATCH", path, OPERATOR, "{\"limit\":null,\"disabled\":true}");
      assertThat(JSON.readTree(unlimited.body()).at("/data/limit_remaining").isNull()).isTrue();
      assertThat(unlimited.body()).doesNotContain(secret);
      assertThat(call("GET", "/api/v1/keys", OPERATOR, null).body()).doesNotContain(hash);
      assertThat(call("GET", "/api/v1/keys?include_disabled=true", OPERATOR, null).body())
          .contains(hash);
      assertThat(call("DELETE", path, OPERATOR, null).body()).isEqualTo("{\"deleted\":true}");
      assertThat(call("DELETE", path, OPERATOR, null).statusCode()).isEqualTo(404);
      assertThat(call("GET", "/v1/credits", OPERATOR, null).body()).contains("total_credits");
    }
  }

  private ConfigurableApplicationContext start() {
    return new SpringApplication(Application.class)
        .run(
            "--server.port=0",
            "--management.server.port=",
            "--signalbox.admin.on-api-port=true",
            "--signalbox.database-url=" + PostgresFixture.url(PostgresFixture.empty()),
            "--signalbox.admin-key=" + OPERATOR,
            "--signalbox.data=" + data);
  }

  private HttpResponse<String> call(String method, String path, String key, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .header("Content-Type", "application/json");
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
