package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import java.net.http.HttpResponse;
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

/// The contract's assertions on routing through the whole gateway. Members are written with `'` for
/// `"`.
class RoutingContractTest {
  private static final String ALPHA = "'model':'acme/alpha'";
  private static final String TOOLS =
      ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]";

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

  private static HttpResponse<String> chat(String members) throws Exception {
    return acme.chat(json(members));
  }

  private static JsonNode answer(String members) throws Exception {
    HttpResponse<String> response = chat(members);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response);
  }

  private static JsonNode refused(int status, String members) throws Exception {
    HttpResponse<String> response = chat(members);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = RunningGateway.json(response).path("error");
    assertThat(error.path("code").asInt()).isEqualTo(status);
    assertThat(acme.asked).isEmpty();
    return error;
  }

  private static JsonNode constrained(int status, String code, String members) throws Exception {
    JsonNode availability = refused(status, members).path("availability");
    assertThat(availability.path("code").asString()).isEqualTo(code);
    assertThat(availability.path("retryable").asBoolean(true)).isFalse();
    assertThat(availability.path("docs_url").isString()).isTrue();
    return availability;
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  /// Everything fails, so everything is tried: what comes first in a fixed order, then what comes
  /// in any.
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "C084 | 'provider':{'sort':'price'} | pa pb/turbo pc |",
        "C085 | 'provider':{'sort':'throughput'} | pb/turbo pa pc |",
        "C086 | 'provider':{'sort':'latency'} | pb/turbo pa pc |",
        "C087 | 'model':'acme/alpha:floor' | pa/flex pa pb/turbo pc |",
        "C088 | 'model':'acme/alpha:nitro' | pa/priority pb/turbo pa pc |",
        "C089 | 'model':'acme/alpha:nitro','service_tier':'default' | pb/turbo pa pc |",
        "C089b | 'model':'acme/alpha:nitro','provider':{'order':['pc']} | pc | pa pb/turbo",
        "C090 | 'provider':{'order':['pc','pa']} | pc pa pb/turbo |",
        "C091 | 'provider':{'order':['zz','pc']} | pc | pa pb/turbo",
        "C092 | 'provider':{'order':['pc'],'allow_fallbacks':false} | pc |",
        "C092b | 'provider':{'order':['pb','zz','PA'],'allow_fallbacks':false} | pb/turbo pa |",
        "C094 | 'provider':{'only':['pb']} | pb/turbo |",
        "C094b | 'provider':{'only':['PB/Turbo']} | pb/turbo |",
        "C095 | 'provider':{'only':['pa']} | pa |",
        "C096 | 'provider':{'only':['pa/priority']} | pa/priority |",
        "C096b | 'provider':{'order':['pa/flex']} | pa/flex | pa pb/turbo pc",
        "C098 | 'provider':{'ignore':['pa','pb']} | pc |",
        "C098b | 'provider':{'ignore':['Provider a','pB/turbo','who']} | pc |",
        "C101 | 'provider':{'data_collection':'deny'} | | pa pc",
        "C103 | 'provider':{'zdr':true} | | pa pc",
        "C104 | 'provider':{'quantizations':['fp4']} | pc |",
        "C104b | 'provider':{'quantizations':['FP8','nothing']} | pa |",
        "C105 | 'provider':{'max_price':{'prompt':1,'completion':1}} | pa |",
        "C105b | 'provider':{'max_price':{'prompt':'1.0','completion':'1e0','image':'0'}} | pa |",
        "C105c | 'provider':{'max_price':{'prompt':2,'completion':null}} | | pa pb/turbo",
        "C105d | 'provider':{'max_price':{'prompt':1e30,'who':1}} | | pa pb/turbo pc",
        "C108 | 'provider':{'max_price':{'completion':2},'sort':'throughput'} | pb/turbo pa |",
        "C111 | 'logit_bias':{'1':1} | | pa pb/turbo pc",
        "C113 | 'max_tokens':12000 | pc |",
        "C113b | 'max_completion_tokens':12000 | pc |",
        "C114 | 'provider':{'preferred_max_latency':{'p90':3},'sort':'price'} | pa pb/turbo pc |",
        "C114b | 'provider':{'preferred_max_latency':{'p90':'1.5'},'sort':'price'} | pb/turbo pa pc"
            + " |",
        "C115 | 'provider':{'preferred_max_latency':0.5} | pb/turbo | pa pc",
        "C116 | 'provider':{'preferred_min_throughput':{'p50':100,'p90':100}} | pb/turbo | pa pc",
        "C117 | 'provider':{'preferred_max_latency':{'p99':0.001}} | | pa pb/turbo pc",
        "C117b | 'provider':{'preferred_max_latency':-1,'preferred_min_throughput':1e300} | | pa"
            + " pb/turbo pc",
        "C120 | 'provider':{'preferredMaxLatency':{'p90':3},'sort':'price'} | pa pb/turbo pc |",
        "C120b |"
            + " 'provider':{'preferred_max_latency':{'p50':0.5},'preferredMaxLatency':{'p50':9},'sort':'price'}"
            + " | pb/turbo pa pc |",
        "C120c | 'provider':{'allowFallbacks':false,'order':['pc']} | pc |",
        "C120d | 'provider':{'maxPrice':{'prompt':'1'}} | pa |",
        "C120e | 'provider':{'dataCollection':'deny','requireParameters':true,'sort':'price'} | pa"
            + " pc |",
        "C121 | 'provider':{'sort':'price','order':['pc']} | pc | pa pb/turbo",
        "C123 | 'provider':{'only':['Provider B']} | pb/turbo |",
        "C125 | 'service_tier':'flex' | pa/flex |",
        "C126 | 'service_tier':'fast' | pa/priority pb/turbo pa pc |",
        "C126b | 'service_tier':'priority','provider':{'ignore':['pa/priority']} | pb/turbo pa pc"
            + " |",
        "C140 | 'models':['acme/alpha','acme/beta'],'provider':{'sort':'price'} | pa pb/turbo pc"
            + " beta:pc |",
        "C118 |"
            + " 'models':['acme/alpha','acme/beta'],'provider':{'sort':{'by':'price','partition':'none'},'preferred_max_latency':{'p90':3},'preferred_min_throughput':{'p50':100}}"
            + " | beta:pc pa pb/turbo pc |",
        "C119 |"
            + " 'models':['acme/alpha','acme/beta'],'provider':{'sort':{'by':'price','partition':'model'}}"
            + " | pa pb/turbo pc beta:pc |",
        "C122 | 'models':['acme/alpha','acme/beta'],'route':'sort','provider':{'sort':'price'} |"
            + " beta:pc pa pb/turbo pc |",
        "C122b |"
            + " 'models':['acme/alpha','acme/beta'],'provider':{'sort':{'by':null,'partition':'none'}}"
            + " | | beta:pc pa pb/turbo pc",
        "3.8 |"
            + " 'models':['acme/alpha','acme/beta'],'provider':{'only':['pc'],'preferred_max_latency':1.5}"
            + " | beta:pc pc |",
        "3.10 |"
            + " 'models':['acme/alpha','acme/beta'],'provider':{'allow_fallbacks':false,'sort':'price'}"
            + " | pa beta:pc |",
        "3.10b |"
            + " 'model':'acme/alpha','models':['acme/alpha','acme/alpha-old'],'provider':{'sort':'price'}"
            + " | pa pb/turbo pc |",
        "3.13 | 'model':'acme/alpha:free:nitro' | free:pa |",
        "3.13b | 'models':['acme/alpha:floor','acme/beta:nitro'] | pa/flex pa pb/turbo pc beta:pc"
            + " |",
        "3.13c | 'model':'acme/alpha:exacto','provider':{'sort':'price'} | pa pb/turbo pc |",
        "region | 'provider':{'data_region':'eu'} | pa |",
        "region | 'provider':{'dataRegion':'US'} | pc |",
        "region | 'provider':{'data_region':'global','sort':'price'} | pa pb/turbo pc |",
        "nothing | 'provider':null,'models':null | | pa pb/turbo pc",
        "nothing | 'provider':{} | | pa pb/turbo pc",
        "nothing | 'provider':{'order':[],'only':[],'ignore':[],'quantizations':[],'sort':null} | |"
            + " pa pb/turbo pc",
        "nothing | 'provider':{'order':null,'max_price':{},'preferred_max_latency':{},'sort':{}} |"
            + " | pa pb/turbo pc",
        "nothing | 'provider':{'unheard_of':{'a':1},'order':['','pa/','/pa','pa/nowhere']} | | pa"
            + " pb/turbo pc",
      })
  void isTriedInThisOrder(String number, String members, String fixed, String rest)
      throws Exception {
    String request = members.contains("'model") ? members : ALPHA + "," + members;
    if (members.contains("'models':null")) {
      request = ALPHA + "," + members;
    }
    List<String> tried = acme.tried(acme.gateway.key, json(request));
    List<String> first = fixed == null ? List.of() : List.of(fixed.split(" "));
    Set<String> then = rest == null ? Set.of() : Set.of(rest.split(" "));
    assertThat(tried).hasSize(first.size() + then.size());
    assertThat(tried.subList(0, first.size())).isEqualTo(first);
    assertThat(new HashSet<>(tried.subList(first.size(), tried.size()))).isEqualTo(then);
  }

  @Test
  void c081C082AnOutagePutsAnEndpointLast() throws Exception {
    var pb = new EndpointId("acme/alpha@pb/turbo");
    for (int i = 0; i < 20; i++) {
      acme.reset();
      acme.allFail();
      Breakers breakers = acme.gateway.context.getBean(Breakers.class);
      for (int failure = 0; failure < 3; failure++) {
        breakers.insist(pb).failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
      }
      assertThat(chat(ALPHA).statusCode()).isGreaterThanOrEqualTo(500);
      assertThat(acme.asked).hasSize(3).endsWith("pb/turbo");
    }
  }

  @Test
  void c092AndC093ErrorsSurfaceAfterTheOnlyAttempt() throws Exception {
    acme.usually("pc", FakeProvider.raw(429, "{\"error\":{\"message\":\"busy\"}}"));
    var limited = chat(ALPHA + ",'provider':{'order':['pc'],'allow_fallbacks':false}");
    assertThat(limited.statusCode()).isEqualTo(429);
    assertThat(acme.asked).containsExactly("pc");
    for (int i = 0; i < 20; i++) {
      acme.tried(acme.gateway.key, json(ALPHA + ",'provider':{'allow_fallbacks':false}"));
      assertThat(acme.asked).hasSize(1);
    }
  }

  @Test
  void c097NobodyIsAllowed() throws Exception {
    JsonNode error = refused(404, ALPHA + ",'provider':{'only':['nobody']}");
    assertThat(texts(error.path("metadata").path("requested_providers"))).containsExactly("nobody");
    assertThat(texts(error.path("metadata").path("available_providers")))
        .containsExactlyInAnyOrder("pa", "pb", "pc");
    assertThat(error.path("availability").path("code").asString()).isEqualTo("no_endpoints");
    assertThat(texts(error.path("availability").path("affected_providers")))
        .containsExactlyInAnyOrder("pa", "pb", "pc");
    assertThat(refused(404, ALPHA + ",'provider':{'only':['']}").path("message").asString())
        .contains("No allowed providers");
  }

  @Test
  void c099C100C103AKeysOwnRulesAreTheCeiling() throws Exception {
    assertThat(
            acme.tried(
                acme.key(json("{'ignore':['pc']}")), json(ALPHA + ",'provider':{'ignore':['pa']}")))
        .containsExactly("pb/turbo");
    String zdr = acme.key(json("{'zdr':true}"));
    assertThat(acme.tried(zdr, json(ALPHA + ",'provider':{'zdr':false,'sort':'price'}")))
        .containsExactly("pa", "pc");
    String onlyPa = acme.key(json("{'only':['pa'],'max_price':{'prompt':'1'}}"));
    acme.reset();
    var refused = acme.chat(onlyPa, json(ALPHA + ",'provider':{'only':['pc']}"));
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(acme.asked).isEmpty();
    String sorted = acme.key(json("{'sort':'price','allow_fallbacks':false}"));
    assertThat(acme.tried(sorted, json(ALPHA))).containsExactly("pa");
    assertThat(
            acme.tried(
                sorted, json(ALPHA + ",'provider':{'sort':'latency','allow_fallbacks':true}")))
        .containsExactly("pb/turbo", "pa", "pc");
    String european = acme.key(json("{'data_region':'eu'}"));
    assertThat(acme.tried(european, json(ALPHA + ",'provider':{'data_region':'global'}")))
        .containsExactly("pa");
    acme.reset();
    var apart = acme.chat(european, json(ALPHA + ",'provider':{'data_region':'us'}"));
    assertThat(apart.statusCode()).isEqualTo(404);
    assertThat(apart.body()).contains("\"constraint_filtered\"").contains("\"data_region\"");
  }

  @Test
  void c102C106C107RefusalsSayWhichConstraint() throws Exception {
    JsonNode privacy =
        constrained(404, "privacy_restricted", ALPHA + ",'provider':{'zdr':true,'only':['pb']}");
    assertThat(texts(privacy.path("excluded_by"))).contains("data_policy:zdr");
    JsonNode price =
        constrained(
            404, "constraint_filtered", ALPHA + ",'provider':{'max_price':{'prompt':'0.9'}}");
    assertThat(price.path("constraint").path("field").asString()).isEqualTo("max_price");
    assertThat(texts(price.path("excluded_by"))).containsExactly("max_price");
    assertThat(texts(price.path("affected_providers"))).containsExactlyInAnyOrder("pa", "pb", "pc");
    assertThat(texts(price.path("requested_models"))).containsExactly("acme/alpha");
    constrained(
        404, "constraint_filtered", ALPHA + ",'provider':{'max_price':{'prompt':0.000001}}");
    constrained(404, "constraint_filtered", ALPHA + ",'provider':{'max_price':{'prompt':-1}}");
    constrained(404, "constraint_filtered", ALPHA + ",'provider':{'quantizations':['int4']}");
    JsonNode parameters =
        constrained(
            404,
            "constraint_filtered",
            ALPHA + ",'provider':{'require_parameters':true,'only':['pb']}" + TOOLS);
    assertThat(texts(parameters.path("excluded_by"))).contains("require_parameters");
    JsonNode region =
        constrained(
            404,
            "constraint_filtered",
            ALPHA + ",'provider':{'data_region':'us','only':['pa','pb']}");
    assertThat(texts(region.path("excluded_by"))).contains("data_region");
  }

  @Test
  void c109C110C112ParametersThatSomeLack() throws Exception {
    for (int i = 0; i < 8; i++) {
      answer(ALPHA + TOOLS);
      answer(ALPHA + ",'provider':{'require_parameters':true}" + TOOLS);
    }
    assertThat(acme.asked).doesNotContain("pb/turbo");
    acme.reset();
    answer(
        ALPHA
            + ",'provider':{'only':['pb']},'logit_bias':{'1':1},'temperature':0.5,"
            + "'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':{}}}");
    JsonNode sent = acme.bodies.getFirst();
    assertThat(sent.has("logit_bias")).isFalse();
    assertThat(sent.has("response_format")).isFalse();
    assertThat(sent.path("temperature").doubleValue()).isEqualTo(0.5);
    assertThat(sent.has("provider")).isFalse();
  }

  @Test
  void c126ATierIsAskedOfItsEndpointOnlyAndTold() throws Exception {
    JsonNode fast = answer(ALPHA + ",'service_tier':'fast'");
    assertThat(acme.asked).containsExactly("pa/priority");
    assertThat(acme.bodies.getFirst().path("service_tier").asString()).isEqualTo("priority");
    assertThat(fast.path("service_tier").asString()).isEqualTo("priority");
    assertThat(fast.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000024");
    acme.reset();
    assertThat(answer("'model':'acme/alpha:nitro'").path("service_tier").asString())
        .isEqualTo("priority");
    assertThat(acme.bodies.getFirst().path("service_tier").asString()).isEqualTo("priority");
    acme.reset();
    JsonNode elsewhere = answer(ALPHA + ",'service_tier':'priority','provider':{'only':['pc']}");
    assertThat(elsewhere.path("service_tier").isNull()).isTrue();
    assertThat(acme.bodies.getFirst().has("service_tier")).isFalse();
    acme.reset();
    var messages =
        acme.gateway.call(
            "POST",
            "/api/v1/messages",
            acme.gateway.key,
            json(
                "{'model':'acme/alpha','max_tokens':9,'speed':'fast','messages':[{'role':'user','content':'x'}]}"));
    assertThat(messages.statusCode()).as(messages.body()).isEqualTo(200);
    assertThat(acme.asked).containsExactly("pa/priority");
  }

  @Test
  void c140C142TheNextModelAnswersAndTheLastErrorIsTold() throws Exception {
    acme.allFail();
    acme.usually(
        "pc",
        (body, response) ->
            (body.contains("beta:pc")
                    ? FakeProvider.answers("one two")
                    : FakeProvider.raw(500, "{}"))
                .answer(body, response));
    JsonNode body = answer("'models':['acme/alpha','acme/beta']");
    assertThat(body.path("model").asString()).isEqualTo("acme/beta");
    assertThat(body.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.0000024");
    assertThat(body.path("openrouter_metadata").path("attempt").asInt()).isEqualTo(4);
    assertThat(body.path("openrouter_metadata").path("strategy").asString()).isEqualTo("fallback");
    acme.reset();
    acme.allFail();
    acme.usually("pc", FakeProvider.raw(400, "{\"error\":{\"message\":\"the last word\"}}"));
    var last = chat("'models':['acme/alpha','acme/beta'],'provider':{'ignore':['pa','pb']}");
    assertThat(last.statusCode()).isEqualTo(400);
    assertThat(last.body()).contains("the last word");
  }

  @Test
  void c141ALongPromptGoesToTheModelThatTakesIt() throws Exception {
    String words = "word ".repeat(40_000);
    HttpResponse<String> response =
        acme.gateway.call(
            "POST",
            "/api/v1/chat/completions",
            acme.gateway.key,
            json(
                "{'models':['acme/alpha','acme/beta'],'messages':[{'role':'user','content':'"
                    + words
                    + "'}]}"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(acme.asked).containsExactly("beta:pc");
  }

  /// By its bytes each is longer than the context of 32,000 tokens.
  @ParameterizedTest
  @CsvSource({"word,27000", "\\u0441\\u043b\\u043e\\u0432\\u043e,8000"})
  void aPromptThatFitsByItsTokensIsServed(String word, int count) throws Exception {
    String messages =
        "\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted((word + " ").repeat(count));
    for (String model :
        List.of("\"model\":\"acme/alpha\",", "\"models\":[\"acme/alpha\",\"acme/beta\"],")) {
      for (String path : List.of("/api/v1/chat/completions", "/api/v1/routing/explain")) {
        HttpResponse<String> response =
            acme.gateway.call("POST", path, acme.gateway.key, "{" + model + messages);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      }
    }
    assertThat(acme.asked).hasSize(2).doesNotContain("beta:pc");
  }

  @Test
  void aProviderThatDoesNotHaveTheModelAnyMoreIsPassedOver() throws Exception {
    for (int status : List.of(404, 405, 410, 451, 498)) {
      acme.reset();
      acme.usually("pa", FakeProvider.raw(status, "{}"));
      assertThat(answer(ALPHA + ",'provider':{'order':['pa','pc']}").path("provider").asString())
          .as("status %d", status)
          .isEqualTo("Provider C");
    }
  }

  @Test
  void modalitiesThatAModelDoesNotWriteKeepItOut() throws Exception {
    constrained(404, "constraint_filtered", ALPHA + ",'modalities':['text','image']");
    answer(ALPHA + ",'modalities':['text']");
    answer(ALPHA + ",'modalities':null");
  }

  @Test
  void anEmptyListOfToolsIsNone() throws Exception {
    answer(ALPHA + ",'tools':[],'tool_choice':'auto','provider':{'order':['pb']}");
    assertThat(acme.asked).containsExactly("pb/turbo");
    assertThat(acme.bodies.getFirst().has("tools")).isFalse();
    assertThat(acme.bodies.getFirst().has("tool_choice")).isFalse();
  }

  @Test
  void aSchemaIsRequiredOfThoseWhoKnowSchemas() throws Exception {
    String schema =
        ",'response_format':{'type':'json_schema','json_schema':{'name':'x','schema':{}}}";
    String required = ",'provider':{'require_parameters':true,'order':['pb']}";
    answer(ALPHA + ",'max_completion_tokens':9" + required);
    assertThat(acme.asked).containsExactly("pb/turbo");
    answer(ALPHA + schema + required);
    assertThat(acme.asked.getLast()).isNotEqualTo("pb/turbo");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'models':['acme/alpha','acme/beta','acme/alpha:free','acme/alpha-old'] | 'models' array"
            + " must have 3 items or fewer. |",
        "'model':'no/such' | no/such is not a valid model ID | model_not_found",
        "'model':'alpha' | alpha is not a valid model ID | model_not_found",
        "'model':'ACME/alpha' | ACME/alpha is not a valid model ID | model_not_found",
        "'model':'acme/alpha:extended' | acme/alpha:extended is not a valid model ID |"
            + " model_not_found",
        "'model':'acme/embed' | /api/v1/embeddings | wrong_endpoint",
        "'models':['acme/alpha','no/such'] | no/such is not a valid model ID | model_not_found",
        "'models':['acme/alpha',7] | models |",
        "'models':'acme/alpha' | models |",
        "'model':'acme/alpha:online' | web search is not configured | model_not_found",
      })
  void c143C144C145ModelsThatAreNone(String members, String message, String code) throws Exception {
    JsonNode error = refused(400, members);
    assertThat(error.path("message").asString()).contains(message);
    if (code != null) {
      assertThat(error.path("availability").path("code").asString()).isEqualTo(code);
    }
  }

  @Test
  void c146C147AliasesAnswerUnderTheModelsName() throws Exception {
    for (String name : List.of("acme/alpha-old", "~acme/alpha-latest", "acme/alpha-old:floor")) {
      JsonNode body = answer("'model':'" + name + "'");
      assertThat(body.path("model").asString()).isEqualTo("acme/alpha");
      assertThat(body.path("openrouter_metadata").path("requested").asString()).isEqualTo(name);
    }
    acme.reset();
    assertThat(
            refused(404, "'model':'acme/beta:free'").path("availability").path("code").asString())
        .isEqualTo("free_variant_ended");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'provider':[]",
        "'provider':'pa'",
        "'provider':5",
        "'provider':true",
        "'provider':{'order':'pa'}",
        "'provider':{'order':[1]}",
        "'provider':{'order':{'0':'pa'}}",
        "'provider':{'only':[null]}",
        "'provider':{'only':[['pa']]}",
        "'provider':{'ignore':true}",
        "'provider':{'allow_fallbacks':'false'}",
        "'provider':{'allow_fallbacks':0}",
        "'provider':{'zdr':1}",
        "'provider':{'require_parameters':'yes'}",
        "'provider':{'data_collection':'no'}",
        "'provider':{'data_collection':false}",
        "'provider':{'enforce_distillable_text':[]}",
        "'provider':{'quantizations':'fp8'}",
        "'provider':{'sort':'cheapest'}",
        "'provider':{'sort':5}",
        "'provider':{'sort':['price']}",
        "'provider':{'sort':{'by':'cheap'}}",
        "'provider':{'sort':{'by':5}}",
        "'provider':{'sort':{'by':'price','partition':'all'}}",
        "'provider':{'sort':{'by':'price','partition':0}}",
        "'provider':{'max_price':'1'}",
        "'provider':{'max_price':1}",
        "'provider':{'max_price':[]}",
        "'provider':{'max_price':{'prompt':'cheap'}}",
        "'provider':{'max_price':{'prompt':true}}",
        "'provider':{'max_price':{'prompt':'NaN'}}",
        "'provider':{'max_price':{'prompt':''}}",
        "'provider':{'preferred_max_latency':'3'}",
        "'provider':{'preferred_max_latency':[3]}",
        "'provider':{'preferred_max_latency':{'p90':'fast'}}",
        "'provider':{'preferred_min_throughput':true}",
        "'provider':{'data_region':'mars'}",
        "'provider':{'data_region':1}",
        "'route':5",
      })
  void whatIsOfTheWrongKindIsSaidToBe(String members) throws Exception {
    JsonNode error = refused(400, ALPHA + "," + members);
    assertThat(error.path("message").asString()).isNotBlank();
    assertThat(error.path("metadata").path("error_type").asString()).isEqualTo("invalid_request");
  }

  @Test
  void c160AFreeModelThatDoesWhatIsNeeded() throws Exception {
    for (int i = 0; i < 10; i++) {
      JsonNode body = answer("'model':'openrouter/free'" + TOOLS);
      assertThat(body.path("model").asString()).isEqualTo("acme/alpha:free");
      assertThat(body.path("openrouter_metadata").path("strategy").asString()).isEqualTo("free");
      assertThat(body.path("usage").path("cost").decimalValue()).isZero();
    }
    acme.reset();
    for (int i = 0; i < 40; i++) {
      answer("'model':'openrouter/free'");
    }
    assertThat(acme.asked).containsOnly("free:pa", "gratis:pb").contains("free:pa", "gratis:pb");
    assertThat(acme.tried(acme.gateway.key, json("'models':['openrouter/free','acme/beta']")))
        .hasSize(3)
        .endsWith("beta:pc");
    acme.tried(
        acme.gateway.key, json("'model':'openrouter/free','provider':{'allow_fallbacks':false}"));
    assertThat(acme.asked).hasSize(1);
    acme.reset();
    refused(400, "'model':'openrouter/free','max_tokens':1000000");
    refused(404, "'model':'openrouter/free','provider':{'only':['pc']}");
  }

  @Test
  void c183ACallersOwnListFollowsItsRules() throws Exception {
    String none = acme.key(json("{'ignore':['PA','Provider B','pc']}"));
    assertThat(usersModels(none)).isEmpty();
    String cheap = acme.key(json("{'max_price':{'prompt':'0.5'},'ignore':['pa']}"));
    assertThat(usersModels(cheap)).containsExactlyInAnyOrder("acme/beta", "acme/gratis");
    assertThat(usersModels(acme.gateway.key)).contains("acme/alpha", "acme/beta");
  }

  private static List<String> usersModels(String key) throws Exception {
    var listed = acme.gateway.call("GET", "/api/v1/models/user", key, null);
    assertThat(listed.statusCode()).isEqualTo(200);
    return RunningGateway.json(listed)
        .path("data")
        .valueStream()
        .map(row -> row.path("id").asString())
        .toList();
  }

  @Test
  void anErrorForAFinishReasonIsAFailureAndFree() throws Exception {
    String failed =
        "{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
            + "\"finish_reason\":\"error\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":5}}";
    acme.usually("pc", FakeProvider.raw(200, failed));
    JsonNode body = answer(ALPHA + ",'provider':{'order':['pc','pa']}");
    assertThat(acme.asked).containsExactly("pc", "pa");
    assertThat(body.path("provider").asString()).isEqualTo("Provider A");
    var only = chat(ALPHA + ",'provider':{'only':['pc']}");
    assertThat(only.statusCode()).isBetween(500, 599);
  }

  @Test
  void metadataNamesTheRegionThatWasAskedFor() throws Exception {
    JsonNode told =
        answer(ALPHA + ",'provider':{'data_region':'europe'}").path("openrouter_metadata");
    assertThat(told.path("region").asString()).isEqualTo("eu");
    assertThat(answer(ALPHA).path("openrouter_metadata").path("region").isNull()).isTrue();
  }

  @Test
  void explainTakesWhatChatTakes() throws Exception {
    for (String provider :
        List.of(
            "{'max_price':{'prompt':1e999999999}}",
            "{'max_price':{'prompt':'1e-999999999'}}",
            "{'preferred_max_latency':1e308}")) {
      var explained =
          acme.gateway.call(
              "POST",
              "/api/v1/routing/explain",
              acme.gateway.key,
              json(
                  "{'model':'acme/alpha','messages':[{'role':'user','content':'x'}],'provider':"
                      + provider
                      + "}"));
      assertThat(explained.statusCode()).as(explained.body()).isIn(200, 400, 404);
      assertThat(explained.body().length()).isLessThan(100_000);
    }
  }
}
