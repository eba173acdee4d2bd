package dev.signalbox.gateway.toolcheck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import dev.signalbox.vitals.Vitals;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Tool calls that could not be made count against who answered them, on every way that an answer
/// takes through the gateway; `:exacto` goes by it.
class ToolCheckTest {
  private static final String CHAT_TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{"
          + "\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
          + "\"required\":[\"city\"]}}}]";
  private static final String FLAT_TOOLS =
      "\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"%s\":{\"type\":\"object\","
          + "\"required\":[\"city\"]}}]";

  @TempDir static Path directory;
  private static FakeProvider chat;
  private static FakeProvider anthropic;
  private static FakeProvider responses;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    chat = FakeProvider.start();
    anthropic = FakeProvider.start();
    responses = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: pa, name: PA, dialect: openai, base_url: "%1$s"}
              - {slug: pb, name: PB, dialect: openai, base_url: "%1$s"}
              - {slug: pm, name: PM, dialect: anthropic, base_url: "%2$s"}
              - {slug: pr, name: PR, dialect: openai-responses, base_url: "%3$s"}
            models:
              - id: acme/alpha
                endpoints:
                  - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}, supported_parameters: [tools]}
                  - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}, supported_parameters: [tools]}
                  - {provider: pm, pricing: {prompt: "0.000003", completion: "0.000003"}, supported_parameters: [tools]}
                  - {provider: pr, pricing: {prompt: "0.000003", completion: "0.000003"}, supported_parameters: [tools]}
            """
                .formatted(chat.url(), anthropic.url(), responses.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    chat.close();
    anthropic.close();
    responses.close();
  }

  @BeforeEach
  void reset() {
    chat.reset();
  }

  private static Vitals vitals(String provider) {
    return gateway
        .context()
        .getBean(VitalsBoard.class)
        .snapshot()
        .of(new EndpointId("acme/alpha@" + provider));
  }

  private static void awaitJudged(String provider, long answers, long errors) throws Exception {
    Eventually.holds("looked into", () -> vitals(provider).toolAnswers() >= answers);
    assertThat(vitals(provider).toolAnswers()).as("looked into").isEqualTo(answers);
    assertThat(vitals(provider).toolErrors()).as("bad").isEqualTo(errors);
  }

  private static String plain(String name, String arguments) {
    return ("{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                + "\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"%s\","
                + "\"arguments\":%s}}]},\"finish_reason\":\"tool_calls\"}],"
                + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}")
        .formatted(name, TestGateway.JSON.writeValueAsString(arguments));
  }

  private static String streamed(String name, String... pieces) {
    var events = new StringBuilder();
    events.append(
        delta(
            "{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\""
                + name
                + "\",\"arguments\":\"\"}}"));
    for (String piece : pieces) {
      events.append(
          delta(
              "{\"index\":0,\"function\":{\"arguments\":"
                  + TestGateway.JSON.writeValueAsString(piece)
                  + "}}"));
    }
    return events
        + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n"
        + "data: [DONE]\n\n";
  }

  private static String delta(String call) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
        + call
        + "]},\"finish_reason\":null}]}\n\n";
  }

  private static void ask(String provider, String more) throws Exception {
    var answer =
        gateway.chat(
            "\"model\":\"acme/alpha\",\"provider\":{\"only\":[\"" + provider + "\"]}," + more);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  @Test
  void badCallsCountOnEveryWayAndExactoAvoidsWhoMakesThem() throws Exception {
    List<String> good = List.of("{\"city\":\"Turin\"}", "{\"city\":\"\",\"more\":1}");
    for (String arguments : good) {
      chat.next(FakeProvider.raw(200, plain("weather", arguments)));
      ask("pa", CHAT_TOOLS);
    }
    for (String arguments : List.of("{\"city\":", "", "{\"town\":\"x\"}", "[]", "{\"city\":1}")) {
      chat.next(FakeProvider.raw(200, plain("weather", arguments)));
      ask("pa", CHAT_TOOLS);
    }
    chat.next(FakeProvider.raw(200, plain("climate", "{\"city\":\"Turin\"}")));
    ask("pa", CHAT_TOOLS);
    awaitJudged("pa", 8, 6);

    chat.next(FakeProvider.rawStream(streamed("weather", "{\"ci", "ty\":\"\\u00e9\"}")));
    ask("pa", CHAT_TOOLS + ",\"stream\":true");
    chat.next(FakeProvider.rawStream(streamed("weather", "{\"ci", "ty\":")));
    ask("pa", CHAT_TOOLS + ",\"stream\":true");
    awaitJudged("pa", 10, 7);

    // Words are no calls, and neither are calls that nobody offered tools for.
    ask("pa", CHAT_TOOLS);
    chat.next(FakeProvider.raw(200, plain("weather", "{")));
    ask("pa", "\"temperature\":1");

    for (int i = 0; i < 20; i++) {
      chat.next(FakeProvider.raw(200, plain("weather", i < 10 ? "{" : "{\"city\":\"x\"}")));
      ask("pb", CHAT_TOOLS);
    }
    awaitJudged("pb", 20, 10);
    for (int i = 0; i < 20; i++) {
      chat.next(FakeProvider.raw(200, plain("weather", "{\"city\":\"x\"}")));
      ask("pa", CHAT_TOOLS);
    }
    awaitJudged("pa", 30, 7);
    JsonNode explained =
        explain("\"model\":\"acme/alpha:exacto\",\"provider\":{\"only\":[\"pa\",\"pb\"]}");
    assertThat(explained.path("attempts").path(0).path("provider").asString()).isEqualTo("PA");
    JsonNode row = explained.path("endpoints").path(0);
    assertThat(row.path("tool_calls").path("answers").asInt()).isEqualTo(30);
    assertThat(row.path("tool_calls").path("errors").asInt()).isEqualTo(7);
  }

  private static JsonNode explain(String members) throws Exception {
    var explained =
        gateway.post(
            "/api/v1/routing/explain",
            gateway.key(),
            "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," + members + "}");
    assertThat(explained.statusCode()).as(explained.body()).isEqualTo(200);
    return TestGateway.json(explained).path("data");
  }

  @Test
  void convertedAnswersAndOtherApisCountAsWell() throws Exception {
    String called =
        "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
            + "\"id\":\"t\",\"name\":\"weather\",\"input\":%s}],\"stop_reason\":\"tool_use\","
            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}";
    anthropic.next(FakeProvider.raw(200, called.formatted("{\"city\":\"x\"}")));
    ask("pm", CHAT_TOOLS);
    anthropic.next(FakeProvider.raw(200, called.formatted("{\"town\":\"x\"}")));
    ask("pm", CHAT_TOOLS);
    awaitJudged("pm", 2, 1);

    String messages =
        "{\"model\":\"acme/alpha\",\"max_tokens\":9,\"provider\":{\"only\":[\"pm\"]},%s,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    String asked =
        messages.formatted(
            FLAT_TOOLS.formatted("input_schema").replace("\"type\":\"function\",", ""));
    anthropic.next(FakeProvider.raw(200, called.formatted("{\"city\":\"x\"}")));
    anthropic.next(FakeProvider.raw(200, called.formatted("{}")));
    for (int i = 0; i < 2; i++) {
      var answer = gateway.post("/api/v1/messages", gateway.key(), asked);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    awaitJudged("pm", 4, 2);

    String begun =
        "event: message_start\n"
            + "data:"
            + " {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
            + "event: content_block_start\n"
            + "data:"
            + " {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"weather\",\"input\":{}}}\n\n";
    String ended =
        "event: content_block_stop\n"
            + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
            + "event: message_delta\n"
            + "data:"
            + " {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":3}}\n\n"
            + "event: message_stop\n"
            + "data: {\"type\":\"message_stop\"}\n\n";
    String piece =
        "event: content_block_delta\n"
            + "data:"
            + " {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"%s\"}}\n\n";
    anthropic.next(
        FakeProvider.rawStream(
            begun + piece.formatted("{\\\"city\\\":") + piece.formatted("1}") + ended));
    anthropic.next(FakeProvider.rawStream(begun + piece.formatted("{\\\"city\\\":") + ended));
    for (int i = 0; i < 2; i++) {
      var answer =
          gateway.post(
              "/api/v1/messages",
              gateway.key(),
              asked.replace("{\"model\"", "{\"stream\":true,\"model\""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    awaitJudged("pm", 6, 3);

    String output =
        "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":\"function_call\","
            + "\"call_id\":\"c\",\"name\":\"weather\",\"arguments\":\"%s\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}";
    String response =
        "{\"model\":\"acme/alpha\",\"input\":\"x\",\"provider\":{\"only\":[\"pr\"]},%s}"
            .formatted(FLAT_TOOLS.formatted("parameters"));
    responses.next(FakeProvider.raw(200, output.formatted("{\\\"city\\\":1}")));
    responses.next(FakeProvider.raw(200, output.formatted("{\\\"city")));
    for (int i = 0; i < 2; i++) {
      var answer = gateway.post("/api/v1/responses", gateway.key(), response);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    awaitJudged("pr", 2, 1);
    responses.next(
        FakeProvider.rawStream(
            "event: response.completed\n"
                + "data: {\"type\":\"response.completed\",\"sequence_number\":0,\"response\":"
                + output.formatted("{")
                + "}\n\n"));
    gateway.post(
        "/api/v1/responses",
        gateway.key(),
        response.replace("{\"model\"", "{\"stream\":true,\"model\""));
    awaitJudged("pr", 3, 2);
  }
}
