package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One request of a caller, as each dialect says it.
///
/// With `-Dgolden=write` the expected files are written anew: read the difference before it is
/// kept.
class RequestMatrixTest {
  private static final Path ROOT = Path.of("src/test/resources/dialects/matrix");
  private static final JsonMapper PRETTY =
      JsonMapper.builder()
          .enable(tools.jackson.databind.SerializationFeature.INDENT_OUTPUT)
          .build();

  static Stream<Dialect> dialects() {
    return Stream.of(Dialect.values());
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void theProviderIsAsked(Dialect dialect) throws Exception {
    byte[] caller = Files.readAllBytes(ROOT.resolve("request.json"));
    var endpoint =
        Endpoints.target(
                dialect,
                "tools",
                "reasoning",
                "structured_outputs",
                "temperature",
                "top_p",
                "seed",
                "stop")
            .endpoint();
    String model =
        switch (dialect) {
          case BEDROCK -> "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
          case GEMINI, VERTEX -> "gemini-3-flash-preview";
          default -> "alpha-1";
        };
    var translations = new Translations();
    var glance =
        translations.caller(Surface.CHAT_COMPLETIONS).glance(Surface.CHAT_COMPLETIONS, caller);
    var request =
        translations
            .between(Surface.CHAT_COMPLETIONS, dialect)
            .request(glance, new Target(endpoint, model, dialect, Set.of()));
    var bytes = new ByteArrayOutputStream();
    for (var piece : request.body()) {
      byte[] copy = new byte[piece.remaining()];
      piece.duplicate().get(copy);
      bytes.writeBytes(copy);
    }
    JsonNode asked = Json.parse(bytes.toByteArray());
    Path expected = ROOT.resolve(dialect.key() + ".txt");
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(expected, request.path() + "\n" + PRETTY.writeValueAsString(asked) + "\n");
    }
    List<String> lines = Files.readAllLines(expected);
    assertThat(request.path()).isEqualTo(lines.getFirst());
    String body = String.join("\n", lines.subList(1, lines.size()));
    assertThat(asked).isEqualTo(Json.tryParse(body).orElseThrow());
  }
}
