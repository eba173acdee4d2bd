package dev.signalbox.gateway.surface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// OpenAI's Responses, asked of the running gateway.
class ResponsesTest {
  private static final String THINKS_AND_CALLS =
      """
      data: {"id":"up-1","choices":[{"index":0,"delta":{"role":"assistant","reasoning":"Let me"}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"reasoning":" see"}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"content":"I look."}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

      data: {"id":"up-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"completion_tokens_details":{"reasoning_tokens":6}}}

      data: [DONE]

      """;

  private static final String NATIVE =
      """
      event: response.created
      data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","model":"up","output":[],"new_field":1}}

      event: response.output_text.delta
      data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi","obfuscation":"xyz"}

      event: response.completed
      data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","object":"response","status":"completed","model":"up","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}}}

      """;

  @TempDir static Path directory;
  private static FakeProvider open;
  private static FakeProvider claude;
  private static FakeProvider fresh;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    open = FakeProvider.start();
    claude = FakeProvider.start();
    fresh = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: open, name: Open House, dialect: openai, base_url: "%s", api_key: secret-open}
              - {slug: claude, name: Claude House, dialect: anthropic, base_url: "%s"}
              - {slug: fresh, name: Fresh House, dialect: openai-responses, base_url: "%s"}
            models:
              - id: acme/gpt
                endpoints:
                  - {provider: open, upstream_model: gpt-up, pricing: {prompt: "0.000001", completion: "0.000002"}}
              - id: acme/claude
                architecture: {input_modalities: [text, image], output_modalities: [text]}
                endpoints:
                  - {provider: claude, upstream_model: claude-up, pricing: {prompt: "0.000001", completion: "0.000002"}}
              - id: acme/fresh
                endpoints:
                  - {provider: fresh, upstream_model: fresh-up, pricing: {prompt: "0.000001", completion: "0.000002", input_cache_read: "0.0000005"}}
            """
                .formatted(open.url(), claude.url(), fresh.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    open.close();
    claude.close();
    fresh.close();
  }

  @BeforeEach
  void reset() {
    open.reset();
    claude.reset();
    fresh.reset();
    gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
  }

  private static HttpResponse<String> ask(String members) throws Exception {
    return gateway.post("/api/v1/responses", gateway.key(), "{" + members + "}");
  }

  @Test
  void aTextGetsAResponseWithEveryRequiredKey() throws Exception {
    open.usually(FakeProvider.answers("Hi you"));
    var response =
        ask(
            "\"model\":\"acme/gpt\",\"input\":\"hello\",\"instructions\":\"Be brief.\","
                + "\"temperature\":0.5,\"max_output_tokens\":50,\"metadata\":{\"a\":\"b\"}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode body = TestGateway.json(response);
    assertThat(body.path("id").asString()).isEqualTo(TestGateway.idOf(response));
    assertThat(body.path("object").asString()).isEqualTo("response");
    assertThat(body.path("status").asString()).isEqualTo("completed");
    JsonNode message = body.path("output").path(0);
    assertThat(message.path("type").asString()).isEqualTo("message");
    assertThat(message.path("status").asString()).isEqualTo("completed");
    assertThat(message.path("content").path(0).path("type").asString()).isEqualTo("output_text");
    assertThat(message.path("content").path(0).path("text").asString()).isEqualTo("Hi you");
    assertThat(body.path("instructions").asString()).isEqualTo("Be brief.");
    assertThat(body.path("metadata").path("a").asString()).isEqualTo("b");
    for (String key :
        List.of(
            "created_at",
            "completed_at",
            "model",
            "error",
            "incomplete_details",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "tools",
            "tool_choice",
            "parallel_tool_calls")) {
      assertThat(body.has(key)).as(key).isTrue();
    }
    JsonNode usage = body.path("usage");
    assertThat(usage.path("input_tokens").asInt()).isEqualTo(10);
    assertThat(usage.path("output_tokens").asInt()).isEqualTo(2);
    assertThat(usage.path("total_tokens").asInt()).isEqualTo(12);
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.000014");
    assertThat(usage.path("cost_details").has("upstream_inference_input_cost")).isTrue();
    assertThat(TestGateway.JSON.readTree(open.requests().getFirst()))
        .isEqualTo(
            TestGateway.JSON.readTree(
                """
                {"model":"gpt-up","temperature":0.5,"max_tokens":50,"messages":[
                  {"role":"system","content":"Be brief."},{"role":"user","content":"hello"}]}
                """));
  }

  @Test
  void aStreamAddsFillsAndEndsEachItemInOrder() throws Exception {
    open.usually(FakeProvider.rawStream(THINKS_AND_CALLS));
    var response = ask("\"model\":\"acme/gpt\",\"input\":\"hello\",\"stream\":true");
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    List<Sse> events = Sse.read(response.body());
    events = events.subList(0, events.size() - 1);
    assertThat(events)
        .extracting(Sse::name)
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.reasoning_text.delta",
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed");
    for (int i = 0; i < events.size(); i++) {
      JsonNode event = events.get(i).json();
      assertThat(event.path("sequence_number").asInt()).isEqualTo(i);
      assertThat(event.path("type").asString()).isEqualTo(events.get(i).name());
    }
    JsonNode last = events.getLast().json().path("response");
    assertThat(last.path("id").asString()).isEqualTo(TestGateway.idOf(response));
    JsonNode output = last.path("output");
    assertThat(output.size()).isEqualTo(4);
    assertThat(output.path(0).path("content").path(0).path("text").asString())
        .isEqualTo("Let me see");
    assertThat(output.path(1).path("content").path(0).path("text").asString()).isEqualTo("I look.");
    assertThat(output.path(2).path("call_id").asString()).isEqualTo("call_a");
    assertThat(output.path(2).path("arguments").asString()).isEqualTo("{\"a\":1}");
    assertThat(output.path(3).path("name").asString()).isEqualTo("g");
    var ids = new HashSet<String>();
    output.forEach(item -> ids.add(item.path("id").asString()));
    assertThat(ids).hasSize(4);
    JsonNode usage = last.path("usage");
    assertThat(usage.path("output_tokens_details").path("reasoning_tokens").asInt()).isEqualTo(6);
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.00005");
  }

  @Test
  void aToolLoopOfItemsReachesAnotherDialectWhole() throws Exception {
    claude.usually(
        FakeProvider.raw(
            200,
            """
            {"id":"m1","type":"message","content":[{"type":"thinking","thinking":"Hm","signature":"sig2"},
             {"type":"text","text":"Done"}],"stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":9}}
            """));
    var response =
        ask(
            """
            "model":"acme/claude","max_output_tokens":4000,"reasoning":{"max_tokens":2000},
            "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}],
            "tool_choice":"auto","parallel_tool_calls":false,"input":[
             {"role":"user","content":[{"type":"input_text","text":"Look"},
               {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"}]},
             {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm"}],"signature":"sig1","format":"anthropic-claude-v1"},
             {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"I look.","annotations":[]}]},
             {"type":"function_call","id":"fc_1","call_id":"t1","name":"f","arguments":"{\\"a\\":1}"},
             {"type":"function_call_output","call_id":"t1","output":"one"}]
            """);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(claude.requests().getFirst());
    assertThat(sent.path("messages"))
        .isEqualTo(
            TestGateway.JSON.readTree(
                """
                [{"role":"user","content":[{"type":"text","text":"Look"},
                   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"sig1"},
                   {"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"}]}]}]
                """));
    assertThat(sent.path("thinking").path("budget_tokens").asInt()).isEqualTo(2000);
    JsonNode body = TestGateway.json(response);
    assertThat(body.path("status").asString()).isEqualTo("incomplete");
    assertThat(body.path("incomplete_details").path("reason").asString())
        .isEqualTo("max_output_tokens");
    JsonNode thought = body.path("output").path(0);
    assertThat(thought.path("type").asString()).isEqualTo("reasoning");
    assertThat(thought.path("signature").asString()).isEqualTo("sig2");
    assertThat(thought.path("format").asString()).isEqualTo("anthropic-claude-v1");
    assertThat(body.path("output_text").asString()).isEqualTo("Done");
  }

  private static final String NAMED_AND_FREE_TOOLS =
      """
      "model":"acme/gpt","tools":[
        {"type":"function","name":"look","parameters":{"type":"object"}},
        {"type":"namespace","name":"agents","description":"Helpers","tools":[
          {"type":"function","name":"look","description":"Asks one","parameters":{"type":"object"},"strict":false}]},
        {"type":"custom","name":"patch","description":"Edits","format":{"type":"grammar","syntax":"lark","definition":"start: WORD"}},
        {"type":"web_search","external_web_access":false}]
      """;

  @Test
  void toolsOfANamespaceAndOfFreeTextAreFunctionsToModelsThatKnowOnlyThose() throws Exception {
    open.usually(
        FakeProvider.raw(
            200,
            """
            {"id":"c1","object":"chat.completion","model":"gpt-up","choices":[{"index":0,"finish_reason":"tool_calls",
             "message":{"role":"assistant","content":null,"tool_calls":[
              {"id":"t1","type":"function","function":{"name":"agents__look","arguments":"{\\"a\\":1}"}},
              {"id":"t2","type":"function","function":{"name":"patch","arguments":"{\\"input\\":\\"a\\\\nb\\"}"}},
              {"id":"t3","type":"function","function":{"name":"look","arguments":"{}"}}]}}],
             "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
            """));
    var response =
        ask(
            NAMED_AND_FREE_TOOLS
                + """
                ,"tool_choice":{"type":"function","namespace":"agents","name":"look"},"input":[
                 {"role":"user","content":"go"},
                 {"type":"function_call","call_id":"p1","namespace":"agents","name":"look","arguments":"{}"},
                 {"type":"custom_tool_call","call_id":"p2","name":"patch","input":"x \\"y\\""},
                 {"type":"function_call_output","call_id":"p1","output":"one"},
                 {"type":"custom_tool_call_output","call_id":"p2","output":"two"}]
                """);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(open.requests().getFirst());
    assertThat(sent.path("tools").findValuesAsString("name"))
        .containsExactly("look", "agents__look", "patch");
    assertThat(sent.path("tools").path(2).path("function").path("description").asString())
        .startsWith("Edits")
        .endsWith("start: WORD");
    assertThat(sent.path("tool_choice").path("function").path("name").asString())
        .isEqualTo("agents__look");
    JsonNode calls = sent.path("messages").path(1).path("tool_calls");
    assertThat(calls.findValuesAsString("name")).containsExactly("agents__look", "patch");
    assertThat(
            TestGateway.JSON
                .readTree(calls.path(1).path("function").path("arguments").asString())
                .path("input")
                .asString())
        .isEqualTo("x \"y\"");
    assertThat(sent.path("messages").path(3).path("content").asString()).isEqualTo("two");

    JsonNode output = TestGateway.json(response).path("output");
    assertThat(output.path(0).path("type").asString()).isEqualTo("function_call");
    assertThat(output.path(0).path("namespace").asString()).isEqualTo("agents");
    assertThat(output.path(0).path("name").asString()).isEqualTo("look");
    assertThat(output.path(0).path("arguments").asString()).isEqualTo("{\"a\":1}");
    assertThat(output.path(1).path("type").asString()).isEqualTo("custom_tool_call");
    assertThat(output.path(1).path("input").asString()).isEqualTo("a\nb");
    assertThat(output.path(2).has("namespace")).isFalse();
  }

  @Test
  void aStreamTellsFreeTextOfAToolWhenItIsWhole() throws Exception {
    open.usually(
        FakeProvider.rawStream(
            """
            data: {"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"patch","arguments":"{\\"inp"}}]}}]}

            data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ut\\": \\"a\\"}"}}]}}]}

            data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"agents__look","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}

            data: {"id":"c1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}

            data: [DONE]

            """));
    var response = ask(NAMED_AND_FREE_TOOLS + ",\"input\":\"go\",\"stream\":true");
    List<Sse> events = Sse.read(response.body());
    assertThat(events)
        .extracting(Sse::name)
        .containsSubsequence(
            "response.output_item.added",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed");
    assertThat(events.get(2).json().path("item").path("type").asString())
        .isEqualTo("custom_tool_call");
    assertThat(events.get(3).json().path("delta").asString()).isEqualTo("a");
    assertThat(events.get(4).json().path("input").asString()).isEqualTo("a");
    assertThat(events.get(8).json().path("name").asString()).isEqualTo("look");
    assertThat(events.get(9).json().path("item").path("namespace").asString()).isEqualTo("agents");
  }

  @Test
  void toolsThatOnlyTheirProviderCouldRunAreRefused() throws Exception {
    for (String tool :
        List.of(
            "{\"type\":\"web_search\"}",
            "{\"type\":\"code_interpreter\"}",
            "{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[{\"type\":\"mcp\"}]}",
            "{\"type\":\"custom\"}")) {
      var response = ask("\"model\":\"acme/gpt\",\"input\":\"x\",\"tools\":[" + tool + "]");
      assertThat(response.statusCode()).as(tool).isEqualTo(400);
      assertThat(response.body()).contains("tools[].");
    }
  }

  @Test
  void aSchemaForTheTextIsPassedOn() throws Exception {
    open.usually(FakeProvider.answers("{}"));
    ask(
        "\"model\":\"acme/gpt\",\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\","
            + "\"schema\":{\"type\":\"object\"},\"strict\":true}}");
    assertThat(TestGateway.JSON.readTree(open.requests().getFirst()).path("response_format"))
        .isEqualTo(
            TestGateway.JSON.readTree(
                "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"},\"strict\":true}}"));
  }

  @Test
  void providersOfTheSameApiGetAndGiveWhatTheyKnow() throws Exception {
    fresh.usually(FakeProvider.rawStream(NATIVE));
    var response =
        ask(
            "\"model\":\"acme/fresh\",\"input\":\"hi\",\"stream\":true,\"brand_new\":{\"x\":1.50},"
                + "\"user\":\"jane\",\"provider\":{\"only\":[\"fresh\"]}");
    assertThat(fresh.heads().getFirst().path()).isEqualTo("/v1/responses");
    assertThat(fresh.requests().getFirst())
        .contains("\"brand_new\":{\"x\":1.50}", "\"store\":false", "\"model\":\"fresh-up\"")
        .doesNotContain("jane", "provider");
    List<Sse> events = Sse.read(response.body());
    assertThat(events.get(1).data())
        .isEqualTo(
            "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"Hi\",\"obfuscation\":\"xyz\",\"logprobs\":[]}");
    JsonNode first = events.getFirst().json().path("response");
    assertThat(first.path("id").asString()).isEqualTo(TestGateway.idOf(response));
    assertThat(first.path("new_field").asInt()).isEqualTo(1);
    JsonNode last = events.get(2).json().path("response");
    assertThat(last.path("model").asString()).isEqualTo("acme/fresh");
    // 6 fresh, 4 read at half, 5 said
    assertThat(last.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000018");
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    assertThat(gateway.row(TestGateway.idOf(response)).get("upstream_id")).isEqualTo("resp_1");
  }

  @Test
  void whatAProvidersEventsLackIsAdded() throws Exception {
    fresh.usually(
        FakeProvider.rawStream(
            """
            data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":""}}

            data: {"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":0,"delta":"{}"}

            data: {"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":0,"arguments":"{}"}

            data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}"}],"usage":{"input_tokens":1,"output_tokens":1}}}

            """));
    var response = ask("\"model\":\"acme/fresh\",\"input\":\"hi\",\"stream\":true");
    List<Sse> events = Sse.read(response.body());
    for (int i = 0; i < 4; i++) {
      assertThat(events.get(i).json().path("sequence_number").asInt(-1)).isEqualTo(i);
    }
    assertThat(events.get(2).json().path("name").asString()).isEqualTo("f");
    assertThat(events.get(3).json().path("response").path("object").asString())
        .isEqualTo("response");
    assertThat(events.get(3).json().path("response").has("created_at")).isTrue();
  }

  @Test
  void aSignedThoughtComesBackInWhatClientsOfThisApiKeep() throws Exception {
    String wish =
        """
        "max_output_tokens":4000,"reasoning":{"max_tokens":2000},"include":["reasoning.encrypted_content"],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],
        """;
    claude.usually(
        FakeProvider.raw(
            200,
            """
            {"id":"m1","type":"message","content":[{"type":"thinking","thinking":"Hm …","signature":"sig2"},
             {"type":"tool_use","id":"t1","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":9}}
            """));
    JsonNode answer =
        TestGateway.json(ask("\"model\":\"acme/claude\"," + wish + "\"input\":\"go\""));
    String sealed = answer.path("output").path(0).path("encrypted_content").asString();
    assertThat(sealed).isNotEmpty();
    assertThat(
            TestGateway.json(
                    ask(
                        "\"model\":\"acme/claude\","
                            + wish.replace(
                                "reasoning.encrypted_content", "file_search_call.results")
                            + "\"input\":\"go\""))
                .path("output")
                .path(0)
                .has("encrypted_content"))
        .isFalse();

    claude.reset();
    claude.usually(
        FakeProvider.raw(
            200,
            """
            {"id":"m2","type":"message","content":[{"type":"text","text":"Done"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":9}}
            """));
    String next =
        wish
            + """
            "input":[{"role":"user","content":"go"},
              {"type":"reasoning","summary":[],"encrypted_content":"%s"},
              {"type":"function_call","call_id":"t1","name":"f","arguments":"{}"},
              {"type":"function_call_output","call_id":"t1","output":"one"}]
            """
                .formatted(sealed);
    assertThat(ask("\"model\":\"acme/claude\"," + next).statusCode()).isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(claude.requests().getFirst());
    assertThat(sent.at("/messages/1/content/0"))
        .isEqualTo(
            TestGateway.JSON.readTree(
                "{\"type\":\"thinking\",\"thinking\":\"Hm …\",\"signature\":\"sig2\"}"));
    assertThat(sent.has("thinking")).isTrue();

    // A provider of this API would not take what another maker's model thought.
    fresh.usually(FakeProvider.rawStream(NATIVE));
    assertThat(ask("\"model\":\"acme/fresh\",\"stream\":true," + next).statusCode()).isEqualTo(200);
    assertThat(
            TestGateway.JSON
                .readTree(fresh.requests().getFirst())
                .path("input")
                .findValuesAsString("type"))
        .containsExactly("function_call", "function_call_output");
    // What somebody made up is left out.
    assertThat(
            ask("\"model\":\"acme/claude\"," + next.replace(sealed, "signalbox-1.xx%"))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void aTurnGoesOnWithoutThoughtsThatOnlyAMemoryWouldHave() throws Exception {
    String input =
        """
        "input":[{"role":"user","content":"go"},{"type":"item_reference","id":"rs_1"},
          {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
          {"type":"function_call_output","call_id":"c1","output":"one"}]
        """;
    open.usually(FakeProvider.answers("Hi"));
    assertThat(ask("\"model\":\"acme/gpt\"," + input).statusCode()).isEqualTo(200);
    assertThat(TestGateway.JSON.readTree(open.requests().getFirst()).path("messages").size())
        .isEqualTo(3);
    fresh.usually(FakeProvider.rawStream(NATIVE));
    assertThat(ask("\"model\":\"acme/fresh\",\"stream\":true," + input).statusCode())
        .isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(fresh.requests().getFirst()).path("input");
    assertThat(sent.size()).isEqualTo(3);
    assertThat(sent.findValuesAsString("type"))
        .containsExactly("function_call", "function_call_output");
  }

  @Test
  void whatWouldNeedAMemoryIsRefused() throws Exception {
    for (String members :
        List.of(
            "\"store\":true",
            "\"previous_response_id\":\"x\"",
            "\"background\":true",
            "\"max_tool_calls\":31",
            "\"tools\":[{\"type\":\"web_search\"}]",
            "\"text\":{\"format\":{\"type\":\"poem\"}}")) {
      var refused = ask("\"model\":\"acme/gpt\",\"input\":\"hello\"," + members);
      assertThat(refused.statusCode()).as(members).isEqualTo(400);
      JsonNode body = TestGateway.json(refused);
      assertThat(body.path("error").path("code").isIntegralNumber()).isTrue();
      assertThat(body.path("error").path("code").asInt()).isEqualTo(400);
      assertThat(body.path("error").path("type").asString()).isEqualTo("invalid_prompt");
      assertThat(body.path("error_type").asString()).isEqualTo("invalid_request");
      assertThat(body.has("metadata")).isTrue();
    }
    assertThat(ask("\"model\":\"acme/gpt\"").statusCode()).isEqualTo(400);
    assertThat(ask("\"model\":\"acme/gpt\",\"input\":[]").statusCode()).isEqualTo(400);
    assertThat(open.requests()).isEmpty();
  }

  @Test
  void anAnswerThatBreaksOffFails() throws Exception {
    open.usually(FakeProvider.breaksAfter("some", "words"));
    var response = ask("\"model\":\"acme/gpt\",\"input\":\"hello\",\"stream\":true");
    List<Sse> events = Sse.read(response.body());
    JsonNode failed = events.get(events.size() - 2).json();
    assertThat(failed.path("type").asString()).isEqualTo("response.failed");
    assertThat(failed.path("response").path("status").asString()).isEqualTo("failed");
    assertThat(failed.path("response").path("error").path("code").asString())
        .isEqualTo("server_error");
    assertThat(failed.path("response").path("error_type").asString())
        .isEqualTo("provider_unavailable");
    assertThat(failed.path("response").path("usage").path("cost").decimalValue())
        .isEqualByComparingTo("0");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
  }

  @Test
  void whatIsTooLongIsAnIncompleteAnswer() throws Exception {
    open.usually(
        FakeProvider.raw(
            400,
            "{\"error\":{\"message\":\"maximum context length"
                + " exceeded\",\"code\":\"context_length_exceeded\"}}"));
    var plain = ask("\"model\":\"acme/gpt\",\"input\":\"hello\"");
    assertThat(plain.statusCode()).as(plain.body()).isEqualTo(200);
    JsonNode body = TestGateway.json(plain);
    assertThat(body.path("status").asString()).isEqualTo("incomplete");
    assertThat(body.path("incomplete_details").path("reason").asString())
        .isEqualTo("max_output_tokens");
    var stream = ask("\"model\":\"acme/gpt\",\"input\":\"hello\",\"stream\":true");
    assertThat(Sse.read(stream.body()))
        .extracting(Sse::name)
        .containsExactly("response.created", "response.in_progress", "response.incomplete", "");
    assertThat(stream.headers().firstValue("content-type")).hasValue("text/event-stream");
  }
}
