package dev.signalbox.gateway.openapi;

import static dev.signalbox.gateway.stage.RunningGateway.ADMIN;
import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.admin.AdminApi;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/// Every route that is served is in a document, and the other way round; and each takes the kind of
/// key that its document says. A route that is missing here belongs into
/// `resources/openapi/api.yaml` or `admin.yaml`.
class RouteInventoryTest {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  /// What is not below a prefix.
  private static final Set<String> AT_THE_ROOT = Set.of("GET /openapi.json", "GET /openapi.yaml");

  /// What the management port shows beside the operator API.
  private static final Set<String> ACTUATOR =
      Set.of("self", "health", "health-path", "info", "prometheus", "gateway");

  @TempDir static Path directory;

  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(catalog, "providers: []\n");
    gateway = new RunningGateway(PostgresFixture.migrated(), catalog, directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JsonNode document(String url) throws Exception {
    HttpResponse<String> answer = gateway.get(url);
    assertThat(answer.statusCode()).as(url).isEqualTo(200);
    return json(answer);
  }

  private static Set<String> documented(JsonNode document) {
    var all = new TreeSet<String>();
    for (String path : document.path("paths").propertyNames()) {
      for (String method : document.path("paths").path(path).propertyNames()) {
        if (METHODS.contains(method)) {
          all.add(method.toUpperCase(Locale.ROOT) + " " + path);
        }
      }
    }
    return all;
  }

  /// Returns what controllers and surfaces answer on the API's port.
  private static Set<String> served() {
    var all = new TreeSet<String>();
    gateway
        .context
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .keySet()
        .forEach(
            info ->
                info.getPatternsCondition()
                    .getPatterns()
                    .forEach(
                        pattern ->
                            info.getMethodsCondition()
                                .getMethods()
                                .forEach(
                                    method -> all.add(method + " " + pattern.getPatternString()))));
    for (Surface surface : Surface.values()) {
      all.add("POST /api/v1" + surface.path());
      all.add("POST /v1" + surface.path());
    }
    return all;
  }

  @Test
  void theApisDocumentSaysWhatIsServedAndNothingElse() throws Exception {
    var expected = new TreeSet<>(AT_THE_ROOT);
    for (String route : documented(document(gateway.base + "/openapi.json"))) {
      String method = route.substring(0, route.indexOf(' '));
      String path = route.substring(route.indexOf(' ') + 1);
      expected.add(method + " /api/v1" + path);
      expected.add(method + " /v1" + path);
    }
    assertThat(served()).isEqualTo(expected);
  }

  @Test
  void theOperatorsDocumentSaysWhatIsServedAndNothingElse() throws Exception {
    var served = new TreeSet<String>();
    gateway
        .context
        .getBean(AdminApi.class)
        .routes()
        .forEach(route -> served.add(route.method() + " " + route.path().replace("{*", "{")));
    served.add("GET /openapi.json");
    served.add("GET /openapi.yaml");
    assertThat(served).isEqualTo(documented(document(gateway.management + "/openapi.json")));
    assertThat(gateway.admin("GET", "/openapi.json", null).statusCode()).isEqualTo(200);
    assertThat(gateway.admin("GET", "/openapi.yaml", null).body()).startsWith("openapi: 3.1");
    assertThat(gateway.admin("GET", "/openapi.json", "nobody", null).statusCode()).isEqualTo(401);
  }

  @Test
  void everyReferenceOfADocumentLeadsSomewhere() throws Exception {
    for (String url : List.of(gateway.base, gateway.management)) {
      JsonNode document = document(url + "/openapi.json");
      var names = new TreeSet<String>();
      document
          .findValuesAsString("$ref")
          .forEach(
              reference -> {
                assertThat(reference).startsWith("#/components/");
                assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
              });
      document
          .findValuesAsString("operationId")
          .forEach(id -> assertThat(names.add(id)).as(id).isTrue());
    }
    assertThat(gateway.get(gateway.base + "/openapi.yaml").body()).startsWith("openapi: 3.1");
  }

  @Test
  void eachRouteTakesTheKindOfKeyThatItsDocumentSays() throws Exception {
    JsonNode document = document(gateway.base + "/openapi.json");
    for (String route : documented(document)) {
      String method = route.substring(0, route.indexOf(' '));
      String path = route.substring(route.indexOf(' ') + 1);
      String kind =
          document
              .path("paths")
              .path(path)
              .path(method.toLowerCase(Locale.ROOT))
              .path("x-key")
              .asString();
      int nobody = status(method, path, null);
      int stranger = status(method, path, "sk-or-v1-" + "0".repeat(64));
      int inference = status(method, path, gateway.key);
      int operator = status(method, path, ADMIN);
      switch (kind) {
        case "none" ->
            assertThat(List.of(nobody, stranger, inference, operator))
                .as(route)
                .doesNotContain(401, 403);
        case "any" -> {
          assertThat(List.of(nobody, stranger)).as(route).containsOnly(401);
          assertThat(List.of(inference, operator)).as(route).doesNotContain(401, 403);
        }
        case "inference" -> {
          assertThat(List.of(nobody, stranger)).as(route).containsOnly(401);
          assertThat(inference).as(route).isNotIn(401, 403);
          assertThat(operator).as(route).isEqualTo(403);
        }
        case "management" -> {
          assertThat(List.of(nobody, stranger)).as(route).containsOnly(401);
          assertThat(inference).as(route).isEqualTo(403);
          assertThat(operator).as(route).isNotIn(401, 403);
        }
        default -> throw new AssertionError(route + ": x-key " + kind);
      }
    }
  }

  private static int status(String method, String path, @Nullable String secret) throws Exception {
    // An id that is well-formed, and nobody's: what is asked here changes nothing.
    String somewhere =
        path.replace("{hash}", "f".repeat(64))
            .replace("{id}", "00000000-0000-0000-0000-00000000dead")
            .replace("{version}", "1")
            .replaceAll("\\{.*?}", "x");
    var request =
        HttpRequest.newBuilder(URI.create(gateway.base + "/api/v1" + somewhere))
            .method(
                method,
                method.equals("GET") || method.equals("DELETE")
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString("{}"))
            .header("Content-Type", "application/json")
            // What a proxy may say of a request changes nothing of who may make it.
            .header("X-Forwarded-For", "127.0.0.1")
            .header("X-Forwarded-Host", "localhost")
            .header("X-Forwarded-Prefix", "/api/v1/models")
            .header("X-Original-URL", "/api/v1/models");
    if (secret != null) {
      request.header("Authorization", "Bearer " + secret);
    }
    return gateway.send(request.build()).statusCode();
  }

  @Test
  void theManagementPortShowsLittle() throws Exception {
    JsonNode links = document(gateway.management + "/actuator").path("_links");
    assertThat(links.propertyNames()).allMatch(ACTUATOR::contains);
    for (String path : List.of("/actuator/env", "/actuator/heapdump", "/actuator/loggers")) {
      assertThat(gateway.get(gateway.management + path).statusCode()).isEqualTo(404);
      assertThat(gateway.get(gateway.base + path).statusCode()).isEqualTo(404);
    }
    assertThat(gateway.get(gateway.management + "/api/v1/models").statusCode()).isEqualTo(404);
    assertThat(gateway.get(gateway.base + "/actuator/health").statusCode()).isEqualTo(404);
    assertThat(gateway.get(gateway.base + "/actuator/prometheus").statusCode()).isEqualTo(404);
  }
}
