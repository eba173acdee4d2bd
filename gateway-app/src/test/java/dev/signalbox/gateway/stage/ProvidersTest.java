package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.dialect.canonical.Json;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;
import tools.jackson.databind.JsonNode;

/// The running gateway before providers of every dialect that need more than a key: what they get
/// at their own paths, how they are convinced, and what the caller reads. The catalog is all there
/// is to them.
class ProvidersTest {
  private static final String ACCESS_KEY = "AKIDEXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

  private record Seen(String path, HttpHeaders headers, byte[] body) {
    JsonNode json() {
      return Json.parse(body);
    }
  }

  private static final List<Seen> SEEN = new CopyOnWriteArrayList<>();
  private static KeyPair keys;
  private static DisposableServer provider;
  private static RunningGateway gateway;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    provider =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    request
                        .receive()
                        .aggregate()
                        .asByteArray()
                        .flatMap(
                            body -> {
                              SEEN.add(new Seen(request.uri(), request.requestHeaders(), body));
                              byte[] answer = answer(request.uri());
                              return response
                                  .sendObject(Unpooled.wrappedBuffer(answer))
                                  .then()
                                  .delaySubscription(
                                      request.uri().equals("/token")
                                          ? Mono.delay(Duration.ofMillis(100))
                                          : Mono.empty());
                            }))
            .bindNow();
    Path account = directory.resolve("account.json");
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(keys.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    Files.write(
        account,
        Json.bytes(
            Json.object()
                .put("type", "service_account")
                .put("client_email", "robot@example.iam.gserviceaccount.com")
                .put("private_key_id", "k1")
                .put("private_key", pem)
                .put("token_uri", url("/token"))));
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(catalog, catalog(account));
    gateway = new RunningGateway(catalog, directory.resolve("data"));
  }

  private static String url(String path) {
    return "http://127.0.0.1:" + provider.port() + path;
  }

  private static String catalog(Path account) {
    return """
    providers:
      - slug: bedrock
        dialect: bedrock
        base_url: "%1$s"
        api_key: %4$s
        options: {secret_key: "%5$s", session_token: "session/token==", region: eu-north-1}
      - slug: bedrock-key
        dialect: bedrock
        base_url: "%1$s"
        api_key: ABSKabcdefg
      - {slug: vertex, dialect: vertex, base_url: "%2$s", api_key: "%3$s"}
      - {slug: open, dialect: openai, base_url: "%1$s/v1", api_key: some-key-of-ours}
      - {slug: azure, dialect: azure-responses, base_url: "%1$s", api_key: some-key-of-ours}
      - slug: odd
        dialect: openai
        base_url: "%1$s/odd"
        quirks: [no_stream_options, max_completion_tokens, no_developer_role, short_tool_ids, no_names, string_content, alternating_roles, "reasoning:thinking", "thoughts:reasoning_content", "without:logit_bias"]
    models:
      - {id: a/bedrock, context_length: 9000, endpoints: [{provider: bedrock, upstream_model: "us.anthropic.claude-x-v1:0", pricing: {prompt: "0.001", completion: "0.002"}}]}
      - {id: a/bedrock-key, context_length: 9000, endpoints: [{provider: bedrock-key, upstream_model: "amazon.nova-x", pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/gemini, context_length: 9000, endpoints: [{provider: vertex, upstream_model: gemini-3-x, pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/claude, context_length: 9000, endpoints: [{provider: vertex, upstream_model: anthropic/claude-x@20250929, pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/llama, context_length: 9000, endpoints: [{provider: vertex, upstream_model: meta/llama-x, pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/responses, context_length: 9000, endpoints: [{provider: open, dialect: openai-responses, quirks: ["efforts:low,medium"], upstream_model: gpt-x-pro, pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/azure, context_length: 9000, endpoints: [{provider: azure, upstream_model: gpt-x-pro, pricing: {prompt: "0", completion: "0"}}]}
      - {id: a/odd, context_length: 9000, endpoints: [{provider: odd, supported_parameters: [tools, reasoning, temperature], pricing: {prompt: "0", completion: "0"}}]}
    """
        .formatted(url(""), url("/v1/projects/p/locations/eu"), account, ACCESS_KEY, SECRET);
  }

  private static byte[] answer(String path) {
    if (path.equals("/token")) {
      return utf8(
          "{\"access_token\":\"ya29.fresh\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
    }
    if (path.endsWith("/converse-stream")) {
      return stream();
    }
    if (path.endsWith("/converse")) {
      return utf8(
          "{\"metrics\":{\"latencyMs\":1},\"output\":{\"message\":{\"content\":[{\"text\":\"Hi\"}],\"role\":\"assistant\"}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":3,\"outputTokens\":1,\"totalTokens\":4}}");
    }
    if (path.contains("generateContent")) {
      return utf8(
          "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":1,\"totalTokenCount\":4}}");
    }
    if (path.endsWith(":rawPredict")) {
      return utf8(
          "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}");
    }
    if (path.endsWith("/responses")) {
      return utf8(
          "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"error\":null,\"output\":[{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":1,\"total_tokens\":4}}");
    }
    return utf8(
        "{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] stream() {
    var out = new ByteArrayOutputStream();
    event(out, "messageStart", "{\"role\":\"assistant\"}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Grü\"}}");
    event(out, "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"ße\"}}");
    event(out, "messageStop", "{\"stopReason\":\"end_turn\"}");
    event(out, "metadata", "{\"usage\":{\"inputTokens\":3,\"outputTokens\":2,\"totalTokens\":5}}");
    return out.toByteArray();
  }

  private static void event(ByteArrayOutputStream out, String type, String json) {
    var headers =
        Map.of(
            ":event-type", HeaderValue.fromString(type),
            ":content-type", HeaderValue.fromString("application/json"),
            ":message-type", HeaderValue.fromString("event"));
    new Message(headers, utf8(json)).encode(out);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.disposeNow(Eventually.PATIENCE);
  }

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  private static HttpResponse<String> chat(String members) throws Exception {
    return gateway.http.send(gateway.chat(members), BodyHandlers.ofString());
  }

  private static void says(HttpResponse<String> answer, String words) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(
            Json.tryParse(answer.body())
                .orElseThrow()
                .at("/choices/0/message/content")
                .asString(""))
        .isEqualTo(words);
  }

  @Test
  void bedrockIsSignedForAndItsBinaryStreamIsRead() throws Exception {
    var answer = chat("\"model\":\"a/bedrock\",\"stream\":true,\"max_tokens\":50");
    assertThat(answer.body())
        .contains("\"content\":\"Grü\"", "\"content\":\"ße\"")
        .contains("\"native_finish_reason\":\"end_turn\"")
        .contains("\"prompt_tokens\":3,\"completion_tokens\":2", "\"cost\":0.007")
        .endsWith("data: [DONE]\n\n");
    Seen seen = SEEN.getFirst();
    assertThat(seen.path()).isEqualTo("/model/us.anthropic.claude-x-v1%3A0/converse-stream");
    assertThat(seen.headers().get("x-amz-security-token")).isEqualTo("session/token==");
    assertThat(seen.headers().get("authorization")).isEqualTo(signature(seen));
    assertThat(Json.text(seen.json()))
        .isEqualTo(
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}],\"inferenceConfig\":{\"maxTokens\":50}}");
  }

  /// Signature Version 4, worked out by the book.
  private static String signature(Seen seen) throws Exception {
    String date = seen.headers().get("x-amz-date");
    String scope = date.substring(0, 8) + "/eu-north-1/bedrock/aws4_request";
    String given = seen.headers().get("authorization");
    String names = given.replaceAll(".*SignedHeaders=([^,]+),.*", "$1");
    assertThat(List.of(names.split(";"))).contains("host", "x-amz-date", "x-amz-security-token");
    var canonical = new StringBuilder("POST\n");
    canonical.append(seen.path().replace("%", "%25")).append("\n\n");
    for (String name : names.split(";")) {
      canonical.append(name).append(':').append(seen.headers().get(name)).append('\n');
    }
    canonical.append('\n').append(names).append('\n').append(sha256(seen.body()));
    String text =
        "AWS4-HMAC-SHA256\n" + date + '\n' + scope + '\n' + sha256(utf8(canonical.toString()));
    byte[] key = utf8("AWS4" + SECRET);
    for (String step : scope.split("/")) {
      key = hmac(key, step);
    }
    return "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
        .formatted(ACCESS_KEY, scope, names, HexFormat.of().formatHex(hmac(key, text)));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(utf8(text));
  }

  @Test
  void bedrockTakesAnApiKeyToo() throws Exception {
    says(chat("\"model\":\"a/bedrock-key\""), "Hi");
    assertThat(SEEN.getFirst().headers().get("authorization")).isEqualTo("Bearer ABSKabcdefg");
    assertThat(SEEN.getFirst().path()).isEqualTo("/model/amazon.nova-x/converse");
  }

  @Test
  void vertexIsShownOneTokenThatManyCallersWaitFor() throws Exception {
    var calls =
        IntStream.range(0, 12)
            .mapToObj(
                i ->
                    gateway.http.sendAsync(
                        gateway.chat(
                            "\"model\":\"" + (i % 2 == 0 ? "a/gemini" : "a/claude") + "\""),
                        BodyHandlers.ofString()))
            .toList();
    CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
    for (var call : calls) {
      says(call.join(), "Hi");
    }
    says(chat("\"model\":\"a/llama\""), "Hi");
    var tokens = SEEN.stream().filter(seen -> seen.path().equals("/token")).toList();
    assertThat(tokens).hasSize(1);
    assertion(new String(tokens.getFirst().body(), StandardCharsets.UTF_8));
    var others = SEEN.stream().filter(seen -> !seen.path().equals("/token")).toList();
    assertThat(others)
        .allSatisfy(
            seen -> assertThat(seen.headers().get("authorization")).isEqualTo("Bearer ya29.fresh"));
    String place = "/v1/projects/p/locations/eu";
    assertThat(others.stream().map(Seen::path).distinct())
        .containsExactlyInAnyOrder(
            place + "/publishers/google/models/gemini-3-x:generateContent",
            place + "/publishers/anthropic/models/claude-x@20250929:rawPredict",
            place + "/endpoints/openapi/chat/completions");
    JsonNode claude =
        others.stream()
            .filter(seen -> seen.path().contains("anthropic"))
            .findFirst()
            .orElseThrow()
            .json();
    assertThat(claude.has("model")).isFalse();
    assertThat(claude.path("anthropic_version").asString("")).isEqualTo("vertex-2023-10-16");
  }

  private static void assertion(String form) throws Exception {
    String value =
        Arrays.stream(form.split("&"))
            .filter(field -> field.startsWith("assertion="))
            .findFirst()
            .orElseThrow()
            .substring(10);
    assertThat(form).contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer");
    var jwt = SignedJWT.parse(URLDecoder.decode(value, StandardCharsets.UTF_8));
    assertThat(jwt.verify(new RSASSAVerifier((RSAPublicKey) keys.getPublic()))).isTrue();
    assertThat(jwt.getHeader().getKeyID()).isEqualTo("k1");
    assertThat(jwt.getJWTClaimsSet().getIssuer())
        .isEqualTo("robot@example.iam.gserviceaccount.com");
    assertThat(jwt.getJWTClaimsSet().getAudience()).containsExactly(url("/token"));
    assertThat(jwt.getJWTClaimsSet().getStringClaim("scope"))
        .isEqualTo("https://www.googleapis.com/auth/cloud-platform");
  }

  @Test
  void aModelThatIsServedOnlyAtResponsesIsReachedThere() throws Exception {
    says(chat("\"model\":\"a/responses\",\"reasoning\":{\"effort\":\"max\"}"), "Hi");
    Seen seen = SEEN.getFirst();
    assertThat(seen.path()).isEqualTo("/v1/responses");
    assertThat(seen.headers().get("authorization")).isEqualTo("Bearer some-key-of-ours");
    assertThat(seen.json().path("store").asBoolean(true)).isFalse();
    assertThat(seen.json().at("/reasoning/effort").asString("")).isEqualTo("medium");
    assertThat(seen.json().at("/input/0/content/0/text").asString("")).isEqualTo("hello");
    says(chat("\"model\":\"a/azure\""), "Hi");
    assertThat(SEEN.getLast().path()).isEqualTo("/openai/v1/responses");
    assertThat(SEEN.getLast().headers().get("api-key")).isEqualTo("some-key-of-ours");
  }

  @Test
  void quirksOfACatalogAreAllThatAnOddProviderNeeds() throws Exception {
    var answer =
        gateway.call(
            "POST",
            "/api/v1/chat/completions",
            gateway.key,
            """
            {"model":"a/odd","max_tokens":50,"logit_bias":{"1":2},"top_k":3,"temperature":0.5,"reasoning":{"effort":"low"},"new_field":[1],
             "messages":[
              {"role":"developer","content":"Be brief."},
              {"role":"user","name":"Ann","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
              {"role":"user","content":"three"},
              {"role":"assistant","content":null,"reasoning":"hm","tool_calls":[{"id":"call_long_identifier","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"call_long_identifier","content":"four"}]}
            """);
    says(answer, "Hi");
    JsonNode sent = SEEN.getFirst().json();
    String id = sent.at("/messages/2/tool_calls/0/id").asString("");
    assertThat(id).matches("[A-Za-z0-9]{9}");
    assertThat(sent)
        .isEqualTo(
            Json.tryParse(
                    """
                    {"model":"a/odd","temperature":0.5,"new_field":[1],"max_completion_tokens":50,"thinking":{"type":"enabled"},
                     "messages":[
                      {"role":"system","content":"Be brief."},
                      {"role":"user","content":"Ann: one\\ntwo\\n\\nthree"},
                      {"role":"assistant","content":null,"tool_calls":[{"id":"ID","type":"function","function":{"name":"f","arguments":"{}"}}],"reasoning_content":"hm"},
                      {"role":"tool","tool_call_id":"ID","content":"four"}]}
                    """
                        .replace("ID", id))
                .orElseThrow());
  }

  @Test
  void whatAnEndpointLacksIsLeftOutUnlessTheCallerInsists() throws Exception {
    says(chat("\"model\":\"a/odd\",\"top_k\":3,\"temperature\":0.5"), "Hi");
    assertThat(SEEN.getFirst().json().has("top_k")).isFalse();
    assertThat(SEEN.getFirst().json().has("temperature")).isTrue();
    var insisting =
        chat("\"model\":\"a/odd\",\"top_k\":3,\"provider\":{\"require_parameters\":true}");
    assertThat(insisting.statusCode()).isEqualTo(404);
  }
}
