package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What `docs/dialects.md` says of each dialect is what its writer does: a row is a probe that adds
/// one thing to a request.
class TableOfDialectsTest {
  private static final String USER = "{\"role\":\"user\",\"content\":\"hello\"}";
  private static final String TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]";

  private static final String OFF = "Reasoning switched off";

  /// @param plain a request without the thing
  /// @param probed the same request with it
  private record Probe(String plain, String probed) {}

  private static final Map<String, Probe> PROBES = new LinkedHashMap<>();

  private static void field(String row, String... members) {
    String joined = String.join(",", members);
    PROBES.put(row, new Probe(request(USER, ""), request(USER, joined)));
  }

  private static void onTools(String row, String members) {
    PROBES.put(row, new Probe(request(USER, TOOLS), request(USER, members)));
  }

  private static void messages(String row, String plain, String probed) {
    PROBES.put(row, new Probe(request(plain, ""), request(probed, "")));
  }

  private static void part(String row, String part) {
    messages(
        row,
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"look\"}]}",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"look\"}," + part + "]}");
  }

  private static String request(String messages, String members) {
    return "{\"model\":\"m/n\",\"messages\":[%s]%s}"
        .formatted(messages, members.isEmpty() ? "" : "," + members);
  }

  private static String image(String url, String more) {
    return "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\"" + more + "}}";
  }

  private static String file(String url) {
    return "{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":\"" + url + "\"}}";
  }

  private static String loop(String assistant, String tool) {
    return USER
        + ",{\"role\":\"assistant\",\"content\":null,"
        + assistant
        + "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
        + "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":"
        + tool
        + "}";
  }

  private static String thoughts(Dialect dialect) {
    String format =
        switch (dialect) {
          case GEMINI, VERTEX -> "google-gemini-v1";
          case OPENAI_RESPONSES -> "openai-responses-v1";
          default -> "anthropic-claude-v1";
        };
    boolean sealed = dialect == Dialect.GEMINI || dialect == Dialect.OPENAI_RESPONSES;
    return "\"reasoning_details\":[{\"type\":\"%s\",%s,\"format\":\"%s\"}],"
        .formatted(
            sealed ? "reasoning.encrypted" : "reasoning.text",
            sealed ? "\"data\":\"sig\",\"id\":\"c1\"" : "\"text\":\"hm\",\"signature\":\"sig\"",
            format);
  }

  static {
    messages(
        "Leading system messages", USER, "{\"role\":\"system\",\"content\":\"Be brief.\"}," + USER);
    messages(
        "Developer messages", USER, "{\"role\":\"developer\",\"content\":\"Be brief.\"}," + USER);
    messages(
        "Later system messages", USER, USER + ",{\"role\":\"system\",\"content\":\"Be brief.\"}");
    messages(
        "`name` of a participant",
        USER,
        "{\"role\":\"user\",\"name\":\"Ann\",\"content\":\"hello\"}");
    messages("Prefilled answer", USER, USER + ",{\"role\":\"assistant\",\"content\":\"I\"}");
    part("Images as data URLs", image("data:image/png;base64,AA==", ""));
    part("Images by URL", image("https://a.example/a.png", ""));
    PROBES.put(
        "Image `detail`",
        new Probe(
            request(
                "{\"role\":\"user\",\"content\":[" + image("data:image/png;base64,AA==", "") + "]}",
                ""),
            request(
                "{\"role\":\"user\",\"content\":["
                    + image("data:image/png;base64,AA==", ",\"detail\":\"low\"")
                    + "]}",
                "")));
    part("PDFs as data URLs", file("data:application/pdf;base64,AA=="));
    part("PDFs by URL", file("https://a.example/a.pdf"));
    part(
        "Audio",
        "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AA==\",\"format\":\"wav\"}}");
    part(
        "Video as data URLs",
        "{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,AA==\"}}");
    part(
        "Video by URL",
        "{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://a.example/a.mp4\"}}");
    field("Tools", TOOLS);
    onTools("Tool choice `required`", TOOLS + ",\"tool_choice\":\"required\"");
    onTools("Tool choice `none`", TOOLS + ",\"tool_choice\":\"none\"");
    onTools(
        "Tool choice by name",
        TOOLS + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}");
    onTools("`parallel_tool_calls: false`", TOOLS + ",\"parallel_tool_calls\":false");
    onTools("`strict` tools", TOOLS.replace("\"name\"", "\"strict\":true,\"name\""));
    messages("Tool calls and results", USER, loop("", "\"one\""));
    PROBES.put(
        "Pictures in tool results",
        new Probe(
            request(loop("", "[{\"type\":\"text\",\"text\":\"one\"}]"), ""),
            request(
                loop(
                    "",
                    "[{\"type\":\"text\",\"text\":\"one\"},"
                        + image("data:image/png;base64,AA==", "")
                        + "]"),
                "")));
    PROBES.put("Signatures of thoughts", new Probe("", ""));
    messages(
        "Cache marks",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\",\"cache_control\":{\"type\":\"ephemeral\"}}]}");
    messages(
        "Their `ttl`",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\",\"cache_control\":{\"type\":\"ephemeral\"}}]}",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}");
    field("Automatic cache mark", "\"cache_control\":{\"type\":\"ephemeral\"}");
    field(
        "`json_schema`",
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"type\":\"object\"}}}");
    field("`json_object`", "\"response_format\":{\"type\":\"json_object\"}");
    field("Reasoning effort", "\"reasoning\":{\"effort\":\"high\"}");
    field("Reasoning budget", "\"max_tokens\":9000,\"reasoning\":{\"max_tokens\":2000}");
    field(OFF, "\"reasoning\":{\"effort\":\"none\"}");
    field("`max_tokens`", "\"max_tokens\":9");
    field("`temperature`", "\"temperature\":0.5");
    field("`top_p`", "\"top_p\":0.5");
    field("`top_k`", "\"top_k\":5");
    field("`seed`", "\"seed\":5");
    field("`frequency_penalty`", "\"frequency_penalty\":0.5");
    field("`presence_penalty`", "\"presence_penalty\":0.5");
    field("`repetition_penalty`", "\"repetition_penalty\":1.5");
    field("`min_p`", "\"min_p\":0.5");
    field("`top_a`", "\"top_a\":0.5");
    field("`logit_bias`", "\"logit_bias\":{\"5\":1}");
    field("`logprobs`", "\"logprobs\":true");
    PROBES.put(
        "`top_logprobs`",
        new Probe(
            request(USER, "\"logprobs\":true"),
            request(USER, "\"logprobs\":true,\"top_logprobs\":3")));
    field("`prediction`", "\"prediction\":{\"type\":\"content\",\"content\":\"a\"}");
    field("`stop`", "\"stop\":[\"END\"]");
    field("`verbosity`", "\"verbosity\":\"low\"");
    field("`modalities`", "\"modalities\":[\"text\",\"image\"]");
    field("`web_search_options`", "\"web_search_options\":{}");
    field("`user`", "\"user\":\"ann\"");
    field("`service_tier`", "\"service_tier\":\"flex\"");
    field("`prompt_cache_key`", "\"prompt_cache_key\":\"a\"");
    field("Unknown fields", "\"some_new_thing\":1");
  }

  private static Target target(Dialect dialect, String row) {
    return switch (dialect) {
      case BEDROCK -> target(dialect, "anthropic.claude-sonnet-4-5", row);
      default -> target(dialect, "alpha-1", row);
    };
  }

  /// Of reasoning, the newest models are told most.
  private static Target target(Dialect dialect, String model, String row) {
    Set<String> quirks =
        row.equals(OFF) && dialect != Dialect.OPENAI ? Set.of("thinking:adaptive") : Set.of();
    return new Target(Endpoints.target(dialect).endpoint(), model, dialect, quirks);
  }

  private static JsonNode written(Target target, String request) {
    var translations = new Translations();
    byte[] body = request.getBytes(StandardCharsets.UTF_8);
    var glance =
        translations.caller(Surface.CHAT_COMPLETIONS).glance(Surface.CHAT_COMPLETIONS, body);
    var upstream =
        translations.between(Surface.CHAT_COMPLETIONS, target.dialect()).request(glance, target);
    var bytes = new ByteArrayOutputStream();
    for (var piece : upstream.body()) {
      byte[] copy = new byte[piece.remaining()];
      piece.duplicate().get(copy);
      bytes.writeBytes(copy);
    }
    return Json.parse(bytes.toByteArray());
  }

  /// @param words the dialect whose thoughts it sends back
  private static String outcome(Target target, Dialect words, String row) {
    Probe probe = PROBES.get(row);
    if (row.equals("Signatures of thoughts")) {
      probe =
          new Probe(
              request(loop("", "\"one\""), ""), request(loop(thoughts(words), "\"one\""), ""));
    }
    JsonNode plain = written(target, probe.plain());
    try {
      return written(target, probe.probed()).equals(plain) ? "lost" : "kept";
    } catch (Problem refused) {
      assertThat(refused.status()).isEqualTo(400);
      return "refused";
    }
  }

  private static String outcome(Dialect dialect, String row) {
    return outcome(target(dialect, row), dialect, row);
  }

  /// Vertex speaks the words of whoever published the model.
  @Test
  void vertexKeepsWhatTheWordsOfThePublisherKeep() {
    for (String row : PROBES.keySet()) {
      assertThat(outcome(target(Dialect.VERTEX, "gemini-3", row), Dialect.GEMINI, row))
          .as("Gemini at Vertex: %s", row)
          .isEqualTo(outcome(target(Dialect.GEMINI, "gemini-3", row), Dialect.GEMINI, row));
      String claude =
          row.endsWith("by URL")
              ? "refused"
              : row.equals("`service_tier`") ? "lost" : outcome(Dialect.ANTHROPIC, row);
      assertThat(outcome(target(Dialect.VERTEX, "anthropic/claude-x", row), Dialect.ANTHROPIC, row))
          .as("Claude at Vertex: %s", row)
          .isEqualTo(claude);
    }
  }

  @Test
  void theTableIsTrue() throws Exception {
    List<String> lines = Files.readAllLines(Path.of("../docs/dialects.md"));
    var dialects = new ArrayList<Dialect>();
    var rows = new ArrayList<String>();
    for (String line : lines) {
      if (!line.startsWith("| ")) {
        continue;
      }
      List<String> cells =
          java.util.Arrays.stream(line.substring(1).split("\\|")).map(String::strip).toList();
      if (dialects.isEmpty()) {
        for (String head : cells.subList(1, cells.size())) {
          dialects.add(Dialect.ofKey(head.replaceAll("`([a-z-]+)`.*", "$1")).orElseThrow());
        }
      } else if (PROBES.containsKey(cells.getFirst())) {
        String row = cells.getFirst();
        rows.add(row);
        for (int i = 0; i < dialects.size(); i++) {
          String cell = cells.get(i + 1);
          String said =
              cell.startsWith("lost") ? "lost" : cell.startsWith("refused") ? "refused" : "kept";
          assertThat(said)
              .as("%s in %s: '%s'", row, dialects.get(i).key(), cell)
              .isEqualTo(outcome(dialects.get(i), row));
        }
      }
    }
    assertThat(rows).containsExactlyElementsOf(PROBES.keySet());
    assertThat(dialects).hasSize(6);
  }

  /// Prints the outcomes, for whoever writes the table.
  public static void main(String[] arguments) {
    var dialects =
        List.of(
            Dialect.OPENAI,
            Dialect.OPENAI_RESPONSES,
            Dialect.ANTHROPIC,
            Dialect.GEMINI,
            Dialect.BEDROCK,
            Dialect.COHERE);
    PROBES
        .keySet()
        .forEach(
            row -> {
              var line = new StringBuilder("| " + row);
              dialects.forEach(dialect -> line.append(" | ").append(outcome(dialect, row)));
              System.out.println(line.append(" |"));
            });
  }
}
