package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// `openrouter/auto` through the whole gateway (C148 to C152). Members are written with `'` for
/// `"`.
///
/// By what a short chat costs, the models are: `acme/gratis` (0th percentile), `acme/beta` (50th),
/// `acme/alpha` (100th); `acme/alpha:free` is in reserve.
class AutoContractTest {
  private static final String AUTO = "'model':'openrouter/auto'";
  private static final String MAX = ",'plugins':[{'id':'auto-router','cost_tier':'max'}]";

  @TempDir static Path directory;
  private static AcmeGateway acme;

  @BeforeAll
  static void start() throws Exception {
    acme = new AcmeGateway(directory);
  }

  @AfterAll
  static void stop() {
    acme.close();
  }

  @BeforeEach
  void reset() {
    acme.reset();
  }

  private static String json(String members) {
    return members.replace('\'', '"');
  }

  private static String settings(String settings) {
    return AUTO + ",'plugins':[{'id':'auto-router'," + settings + "}]";
  }

  private static JsonNode answer(String members) throws Exception {
    HttpResponse<String> response = acme.chat(json(members));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response);
  }

  private static String model(String members) throws Exception {
    return answer(members).path("model").asString();
  }

  private static JsonNode refused(int status, String members) throws Exception {
    HttpResponse<String> response = acme.chat(json(members));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(acme.asked).isEmpty();
    return RunningGateway.json(response).path("error");
  }

  private static JsonNode explained(String body) throws Exception {
    HttpResponse<String> response =
        acme.gateway.call("POST", "/api/v1/routing/explain", acme.gateway.key, json(body));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response).path("data");
  }

  @Test
  void c148AConcreteModelAnswersAndTheGenerationNamesTheRouter() throws Exception {
    JsonNode body = answer(AUTO);
    assertThat(body.path("model").asString()).isEqualTo("acme/gratis");
    JsonNode metadata = body.path("openrouter_metadata");
    assertThat(metadata.path("requested").asString()).isEqualTo("openrouter/auto");
    assertThat(metadata.path("strategy").asString()).isEqualTo("auto");
    JsonNode stage = metadata.path("pipeline").path(0);
    assertThat(stage.path("type").asString()).isEqualTo("plugin");
    assertThat(stage.path("name").asString()).isEqualTo("auto-router");
    assertThat(stage.path("data").path("task_type").asString()).isEqualTo("general");
    assertThat(generation(body.path("id").asString()).path("router").asString())
        .isEqualTo("openrouter/auto");
    JsonNode named = answer("'model':'acme/beta'");
    assertThat(generation(named.path("id").asString()).path("router").isNull()).isTrue();
    assertThat(named.path("openrouter_metadata").has("pipeline")).isFalse();
  }

  private static JsonNode generation(String id) throws Exception {
    HttpResponse<String> response =
        acme.gateway.call("GET", "/api/v1/generation?id=" + id, acme.gateway.key, null);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response).path("data");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'allowed_models':['acme/b*'] | acme/beta",
        "'allowed_models':['*/ALPHA'] | acme/alpha",
        "'allowed_models':['acme/alpha-old'] | acme/alpha",
        "'allowed_models':['acme/alpha*'] | acme/alpha",
        "'allowed_models':['acme/alpha:free'] | acme/alpha:free",
        "'allowed_models':['who/knows','acme/beta'] | acme/beta",
        "'excluded_models':['acme/gratis'] | acme/beta",
        "'allowed_models':['acme/*'],'excluded_models':['acme/gratis','*/b*'] | acme/alpha",
        "'excluded_models':['acme/gratis','acme/beta','acme/alpha'] | acme/alpha:free",
        "'cost_tier':'low' | acme/gratis",
        "'cost_tier':'medium' | acme/gratis",
        "'cost_tier':'high' | acme/beta",
        "'cost_tier':'xhigh' | acme/beta",
        "'cost_tier':'max' | acme/alpha",
        "'cost_quality_tradeoff':10 | acme/gratis",
        "'cost_quality_tradeoff':9 | acme/gratis",
        "'cost_quality_tradeoff':0 | acme/beta",
        "'cost_quality_tradeoff':0,'cost_tier':'low' | acme/gratis",
        "'cost_quality_tradeoff':10,'cost_tier':'max' | acme/alpha",
        "'cost_tier':'max','enabled':false | acme/gratis",
        "'cost_tier':null,'allowed_models':null,'pin_model':null | acme/gratis",
        "'allowed_models':[] | acme/gratis",
      })
  void c149TheSettingsOfThePluginHold(String settings, String model) throws Exception {
    assertThat(model(settings(settings))).isEqualTo(model);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'allowed_models':['acme/*'],'excluded_models':['acme/*']",
        "'excluded_models':['*']",
        "'allowed_models':['who/*']",
        "'allowed_models':['acme/embed']",
        "'allowed_models':['']",
      })
  void c150NothingLeftIsNotFound(String settings) throws Exception {
    JsonNode error = refused(404, settings(settings));
    assertThat(error.path("message").asString())
        .isEqualTo("No models match your request and model restrictions");
    assertThat(error.path("metadata").path("error_type").asString()).isEqualTo("not_found");
    assertThat(error.path("availability").path("code").asString()).isEqualTo("constraint_filtered");
  }

  @Test
  void c151EachRouterReadsItsOwnPluginOnly() throws Exception {
    String beta = ",'plugins':[{'id':'auto-beta-router','allowed_models':['acme/b*']}]";
    assertThat(model(AUTO + beta)).isEqualTo("acme/gratis");
    assertThat(model("'model':'openrouter/auto-beta'" + beta)).isEqualTo("acme/beta");
    assertThat(model("'model':'openrouter/auto-beta'" + MAX)).isEqualTo("acme/gratis");
    assertThat(model(AUTO + ",'plugins':[{'id':'auto-beta-router','cost_tier':5}]"))
        .isEqualTo("acme/gratis");
    assertThat(model("'model':'acme/beta','plugins':[{'id':'auto-router','cost_tier':5}]"))
        .isEqualTo("acme/beta");
  }

  @Test
  void c152ASessionStaysWithItsModelAndProvider() throws Exception {
    for (int session = 0; session < 6; session++) {
      String members = AUTO + MAX + ",'session_id':'s" + session + "'";
      var served = new HashSet<String>();
      for (int i = 0; i < 8; i++) {
        JsonNode body = answer(members);
        served.add(body.path("model").asString() + " " + body.path("provider").asString());
      }
      assertThat(served).as("session %d", session).hasSize(1);
      assertThat(served).allMatch(who -> who.startsWith("acme/alpha "));
    }
  }

  /// Kept to the model that answered, though the choice would be another by now.
  @Test
  void aSessionKeepsItsFallbackAndLeavesItWhenItIsNoCandidateAnyMore() throws Exception {
    String any = "'session_id':'kept','plugins':[{'id':'auto-router','cost_quality_tradeoff':0}]";
    acme.usually("pc", FakeProvider.raw(500, "{}"));
    assertThat(model(AUTO + "," + any)).isEqualTo("acme/gratis");
    acme.reset();
    assertThat(model(AUTO + "," + any)).isEqualTo("acme/gratis");
    String others =
        "'session_id':'kept','plugins':[{'id':'auto-router','excluded_models':['acme/g*']}]";
    assertThat(model(AUTO + "," + others)).isEqualTo("acme/beta");
    acme.reset();
    assertThat(model(AUTO + ",'session_id':'new'," + any.substring(any.indexOf("'plugins'"))))
        .isEqualTo("acme/beta");
  }

  @Test
  void theModelsThatFollowAreTriedWhenTheChoiceFails() throws Exception {
    String all = settings("'cost_quality_tradeoff':0");
    assertThat(acme.tried(acme.gateway.key, json(all))).containsExactly("beta:pc", "gratis:pb");
    assertThat(acme.tried(acme.gateway.key, json(AUTO + MAX)))
        .containsExactlyInAnyOrder("pa", "pb/turbo", "pc");
    acme.tried(acme.gateway.key, json(all + ",'provider':{'allow_fallbacks':false}"));
    assertThat(Set.copyOf(acme.asked)).containsExactly("beta:pc");
    acme.reset();
    acme.usually("pc", FakeProvider.raw(400, "{\"error\":{\"message\":\"no\"}}"));
    assertThat(model(all)).isEqualTo("acme/gratis");
  }

  @Test
  void aModelInAnOutageIsPassedOver() throws Exception {
    Breakers breakers = acme.gateway.context.getBean(Breakers.class);
    for (int i = 0; i < 6; i++) {
      breakers
          .insist(new EndpointId("acme/beta@pc"))
          .failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
    }
    JsonNode choice =
        explained(
                "{'messages':[{'role':'user','content':'x'}],"
                    + settings("'cost_quality_tradeoff':0")
                    + "}")
            .path("choices")
            .path(0);
    assertThat(texts(choice.path("models"))).containsExactly("acme/gratis", "acme/beta");
  }

  @Test
  void itIsOneOfSeveralModels() throws Exception {
    JsonNode first = answer("'models':['openrouter/auto','acme/beta']");
    assertThat(first.path("model").asString()).isEqualTo("acme/gratis");
    assertThat(first.path("openrouter_metadata").path("strategy").asString()).isEqualTo("fallback");
    assertThat(acme.tried(acme.gateway.key, json("'models':['acme/beta','openrouter/auto']")))
        .containsExactly("beta:pc", "gratis:pb");
    acme.reset();
    assertThat(
            model(
                "'models':['openrouter/auto','acme/beta'],"
                    + "'plugins':[{'id':'auto-router','allowed_models':['who/*']}]"))
        .isEqualTo("acme/beta");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // What every model may do: gratis and pb/turbo have no tools.
        "'tools':[{'type':'function','function':{'name':'f','parameters':{}}}] | acme/beta",
        "'response_format':{'type':'json_object'} | acme/beta",
        "'max_tokens':12000,'plugins':[{'id':'auto-router','cost_tier':'max'}] | acme/alpha",
        "'provider':{'only':['pa']} | acme/alpha",
        "'provider':{'only':['pc']} | acme/beta",
        "'provider':{'zdr':true} | acme/beta",
        "'provider':{'ignore':['pb','pc']} | acme/alpha",
        "'provider':{'max_price':{'prompt':0.5},'ignore':['pb']} | acme/beta",
      })
  void whatARequestNeedsItsModelCanDo(String members, String model) throws Exception {
    assertThat(model(AUTO + "," + members)).isEqualTo(model);
  }

  @Test
  void textAsAFormatIsNothingThatAModelMustKnow() throws Exception {
    assertThat(model(AUTO + ",'response_format':{'type':'text'}")).isEqualTo(model(AUTO));
    assertThat(model(AUTO)).isNotEqualTo("acme/beta");
  }

  @Test
  void whatNoModelCanDoIsSaidToMatchNone() throws Exception {
    String message = "No models match your request and model restrictions";
    assertThat(refused(404, AUTO + ",'provider':{'only':['nobody']}").path("message").asString())
        .isEqualTo(message);
    HttpResponse<String> image =
        acme.gateway.call(
            "POST",
            "/api/v1/chat/completions",
            acme.gateway.key,
            json(
                "{"
                    + AUTO
                    + ",'messages':[{'role':'user','content':[{'type':'image_url','image_url':"
                    + "{'url':'https://x.example/i.png'}}]}]}"));
    assertThat(image.statusCode()).isEqualTo(404);
    assertThat(RunningGateway.json(image).at("/error/message").asString()).isEqualTo(message);
    assertThat(
            refused(400, AUTO + ",'max_tokens':9000000")
                .path("metadata")
                .path("error_type")
                .asString())
        .isEqualTo("context_length_exceeded");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'allowed_models':'acme/*'",
        "'allowed_models':{}",
        "'allowed_models':[1]",
        "'allowed_models':[null]",
        "'allowed_models':[['acme/*']]",
        "'allowed_models':true",
        "'excluded_models':5",
        "'excluded_models':[{}]",
        "'cost_tier':'cheap'",
        "'cost_tier':'LOW'",
        "'cost_tier':''",
        "'cost_tier':1",
        "'cost_tier':[]",
        "'cost_quality_tradeoff':11",
        "'cost_quality_tradeoff':-1",
        "'cost_quality_tradeoff':2.5",
        "'cost_quality_tradeoff':1e99",
        "'cost_quality_tradeoff':'5'",
        "'cost_quality_tradeoff':true",
        "'cost_quality_tradeoff':{}",
        "'pin_model':'yes'",
        "'pin_model':0",
        "'pin_model':[]",
        "'enabled':'no'",
      })
  void settingsOfTheWrongKindAreSaidToBe(String settings) throws Exception {
    JsonNode error = refused(400, settings(settings));
    assertThat(error.path("message").asString()).startsWith("plugins.auto-router.");
    assertThat(error.path("metadata").path("error_type").asString()).isEqualTo("invalid_request");
  }

  @Test
  void listsAreBounded() throws Exception {
    refused(400, settings("'allowed_models':['" + "a".repeat(1025) + "']"));
    refused(400, settings("'allowed_models':[" + "'a',".repeat(1024) + "'a']"));
    String pattern = "'" + "a".repeat(1000) + "',";
    refused(400, settings("'excluded_models':[" + pattern.repeat(66) + "'a']"));
    assertThat(model(settings("'excluded_models':[" + "'a',".repeat(1023) + "'a']")))
        .isEqualTo("acme/gratis");
    assertThat(model(settings("'excluded_models':[" + pattern.repeat(65) + "'a']")))
        .isEqualTo("acme/gratis");
  }

  @Test
  void suffixesOrderTheEndpointsOfTheChoice() throws Exception {
    assertThat(acme.tried(acme.gateway.key, json("'model':'openrouter/auto:floor'" + MAX)))
        .containsExactly("pa/flex", "pa", "pb/turbo", "pc");
    acme.reset();
    assertThat(refused(400, "'model':'openrouter/auto:online'").path("message").asString())
        .contains("web search");
    assertThat(refused(400, "'model':'openrouter/auto:free'").path("message").asString())
        .isEqualTo("openrouter/auto:free is not a valid model ID");
    assertThat(refused(400, "'model':'openrouter/automatic'").path("message").asString())
        .isEqualTo("openrouter/automatic is not a valid model ID");
  }

  @Test
  void aModelThatAnsweredBeforeCanBePinned() throws Exception {
    String turns =
        "'messages':[{'role':'user','content':'x'},{'role':'assistant','content':'y','model':"
            + "'acme/alpha'},{'role':'user','content':'z'}],";
    assertThat(explainedModels("{" + turns + settings("'pin_model':true") + "}"))
        .startsWith("acme/alpha");
    assertThat(explainedModels("{" + turns + settings("'pin_model':false") + "}"))
        .containsExactly("acme/gratis");
    assertThat(
            explainedModels(
                "{" + turns + settings("'pin_model':true,'excluded_models':['acme/alpha']") + "}"))
        .containsExactly("acme/gratis");
  }

  private static List<String> explainedModels(String body) throws Exception {
    return texts(explained(body).path("choices").path(0).path("models"));
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  @Test
  void everySurfaceHasTheChoice() throws Exception {
    for (String request :
        List.of(
            "chat/completions|'messages':[{'role':'user','content':'Write a poem'}]",
            "messages|'max_tokens':10,'messages':[{'role':'user','content':'Write a poem'}]",
            "responses|'input':'Write a poem'",
            "completions|'prompt':'Write a poem'")) {
      String path = request.substring(0, request.indexOf('|'));
      String members = request.substring(request.indexOf('|') + 1);
      if (path.equals("completions")) {
        acme.usually(
            "pc",
            FakeProvider.raw(
                200,
                "{\"id\":\"u\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":"
                    + "\"one\",\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,"
                    + "\"completion_tokens\":1,\"total_tokens\":6}}"));
      }
      HttpResponse<String> response =
          acme.gateway.call(
              "POST",
              "/api/v1/" + path,
              acme.gateway.key,
              json("{" + settings("'allowed_models':['acme/b*']") + "," + members + "}"));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(RunningGateway.json(response).path("model").asString())
          .as(path)
          .isEqualTo("acme/beta");
    }
    for (String surface :
        List.of(
            "chat-completions|'messages':[{'role':'user','content':'Write a poem'}]",
            "messages|'max_tokens':10,'messages':[{'role':'user','content':[{'type':'text','text':'Write"
                + " a poem'}]}]",
            "responses|'input':[{'role':'user','content':[{'type':'input_text','text':'Write a"
                + " poem'}]}]",
            "completions|'prompt':['Write a poem']")) {
      String name = surface.substring(0, surface.indexOf('|'));
      HttpResponse<String> response =
          acme.gateway.call(
              "POST",
              "/api/v1/routing/explain?surface=" + name,
              acme.gateway.key,
              json("{" + AUTO + "," + surface.substring(surface.indexOf('|') + 1) + "}"));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(RunningGateway.json(response).at("/data/choices/0/task_type").asString())
          .as(name)
          .isEqualTo("writing");
    }
    var embedding =
        acme.gateway.call(
            "POST", "/api/v1/embeddings", acme.gateway.key, json("{" + AUTO + ",'input':'x'}"));
    assertThat(embedding.statusCode()).isEqualTo(400);
    assertThat(embedding.body()).contains("wrong_endpoint");
  }

  @Test
  void streamsNameTheModelToo() throws Exception {
    HttpResponse<String> response = acme.chat(json(AUTO + ",'stream':true"));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"model\":\"acme/gratis\"").contains("\"task_type\"");
  }

  @Test
  void theChoiceIsExplained() throws Exception {
    JsonNode data =
        explained(
            "{'messages':[{'role':'user','content':'Refactor this code'}],"
                + settings("'cost_tier':'high','excluded_models':['acme/alpha']")
                + ",'provider':{'ignore':['pb']}}");
    assertThat(data.path("strategy").asString()).isEqualTo("auto");
    JsonNode choice = data.path("choices").path(0);
    assertThat(choice.path("task_type").asString()).isEqualTo("code");
    assertThat(choice.path("cost").asString()).isEqualTo("high");
    assertThat(texts(choice.path("models"))).containsExactly("acme/beta");
    assertThat(
            choice
                .path("considered")
                .valueStream()
                .map(
                    row ->
                        row.path("model").asString()
                            + " "
                            + row.path("excluded").path("by").asString(""))
                .toList())
        .containsExactly(
            "acme/beta ", "acme/alpha:free in_reserve", "acme/alpha excluded", "acme/gratis unfit");
    assertThat(choice.path("considered").path(0).path("score").path("evidence").asDouble())
        .isBetween(0.0, 1.0);
    HttpResponse<String> none =
        acme.gateway.call(
            "POST",
            "/api/v1/routing/explain",
            acme.gateway.key,
            json(
                "{'messages':[{'role':'user','content':'x'}],"
                    + settings("'excluded_models':['*']")
                    + "}"));
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(RunningGateway.json(none).at("/routing/choices/0/considered").size()).isEqualTo(4);
  }

  @Test
  void theOperatorsTableCountsAsSoonAsItIsThereAndABrokenOneChangesNothing() throws Exception {
    Path file = directory.resolve("catalog.yaml");
    String before = Files.readString(file);
    String request =
        "{'messages':[{'role':'user','content':'Write a poem'}],"
            + settings("'cost_quality_tradeoff':0")
            + "}";
    assertThat(explainedModels(request)).containsExactly("acme/beta", "acme/gratis");
    try {
      Files.writeString(file, before + "auto: {writing: [acme/gratis], code: [acme/beta]}\n");
      awaitModels(request, "acme/gratis", "acme/beta");
      String code = request.replace("Write a poem", "Refactor this code");
      assertThat(explainedModels(code)).containsExactly("acme/beta", "acme/gratis");
      assertThat(explained(request).at("/choices/0/considered/0/score/favourite").asInt())
          .isEqualTo(1);
      double failed = reloads("failed");
      Files.writeString(file, before + "auto: {writing: [acme/gratis], coding: [acme/beta]}\n");
      Eventually.holds("a reload that fails", () -> reloads("failed") > failed);
      assertThat(explainedModels(request)).containsExactly("acme/gratis", "acme/beta");
    } finally {
      Files.writeString(file, before);
    }
    awaitModels(request, "acme/beta", "acme/gratis");
  }

  private static double reloads(String outcome) {
    return acme.gateway
        .context
        .getBean(MeterRegistry.class)
        .counter("signalbox.catalog.reloads", "outcome", outcome)
        .count();
  }

  private static void awaitModels(String request, String... models) throws Exception {
    Eventually.seen("the choice", () -> explainedModels(request), List.of(models)::equals);
  }
}
