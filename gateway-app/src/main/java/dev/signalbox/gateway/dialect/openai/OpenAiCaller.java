package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.routing.request.Preferences;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Reads requests in OpenAI's format: chat completions, completions and embeddings.
public final class OpenAiCaller implements CallerDialect {
  private static final int MAX_MODELS = 3;
  private static final int MAX_STOPS = 4;

  /// Parameters that endpoints may lack (contract, section 2.5.2).
  static final Set<String> OPTIONAL_PARAMETERS =
      Set.of(
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "top_a",
          "frequency_penalty",
          "presence_penalty",
          "repetition_penalty",
          "max_tokens",
          "max_completion_tokens",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "prediction",
          "seed",
          "response_format",
          "structured_outputs",
          "stop",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "include_reasoning",
          "reasoning",
          "reasoning_effort",
          "web_search_options",
          "verbosity");

  @Override
  public Glance glance(Surface surface, byte[] body) {
    try {
      return read(surface, body, Members.scan(body));
    } catch (MalformedJsonException malformed) {
      throw Problem.invalidRequest("The body is not valid JSON: " + malformed.getMessage());
    }
  }

  private static Glance read(Surface surface, byte[] body, Members members) {
    Checks.stringIfPresent(members, "model");
    Checks.booleanIfPresent(members, "stream");
    Checks.range(members, "temperature", 0, 2);
    Checks.range(members, "top_p", 0, 1);
    Checks.range(members, "frequency_penalty", -2, 2);
    Checks.range(members, "presence_penalty", -2, 2);
    Checks.range(members, "top_logprobs", 0, 20);
    Checks.arrayIfPresent(members, "tools");
    Checks.stringIfPresent(members, "session_id");
    Checks.stringIfPresent(members, "user");
    Checks.reasoning(members);
    stops(body, members);
    var text =
        switch (surface) {
          case CHAT_COMPLETIONS -> PromptGlance.ofMessages(body, members);
          case COMPLETIONS -> PromptGlance.of(members, "prompt");
          case EMBEDDINGS -> PromptGlance.of(members, "input");
        };
    return new Glance(
        surface,
        body,
        members,
        models(body, members),
        preferences(body, members),
        parameters(members),
        text.modalities(),
        Set.of(),
        text.tokens(),
        maxTokens(members),
        members.isTrue("stream") && surface != Surface.EMBEDDINGS,
        members.text("service_tier"),
        session(members),
        members.text("prompt_cache_key"),
        text.openingHash(),
        members.text("user"),
        echo(body, members),
        plugins(body, members));
  }

  private static List<String> models(byte[] body, Members members) {
    var models = new ArrayList<String>();
    members.text("model").ifPresent(models::add);
    Span list = members.value("models");
    if (list == null) {
      return models;
    }
    if (members.kind("models") != '[') {
      throw Problem.invalidRequest("models: not an array");
    }
    List<Span> elements = Members.elements(body, list);
    if (elements.size() > MAX_MODELS) {
      throw Problem.invalidRequest(
          "'models' array must have %d items or fewer.".formatted(MAX_MODELS));
    }
    for (Span element : elements) {
      if (body[element.from()] != '"') {
        throw Problem.invalidRequest("models: not an array of strings");
      }
      String model = JsonText.decode(body, element);
      if (!models.contains(model)) {
        models.add(model);
      }
    }
    return models;
  }

  private static Preferences preferences(byte[] body, Members members) {
    Span provider = members.value("provider");
    if (provider != null && members.kind("provider") != '{') {
      throw Problem.invalidRequest("provider: not an object");
    }
    Optional<String> route = members.text("route");
    if (provider == null && route.isEmpty()) {
      return Preferences.NONE;
    }
    Members inside =
        provider == null ? Members.scan(new byte[] {'{', '}'}) : Members.within(body, provider);
    return new PreferencesReader(inside, route).read();
  }

  private static Set<String> parameters(Members members) {
    var parameters = new HashSet<String>();
    for (int i = 0; i < members.count(); i++) {
      String name = members.name(i);
      if (OPTIONAL_PARAMETERS.contains(name) && members.has(name)) {
        parameters.add(name);
      }
    }
    return parameters;
  }

  private static OptionalLong maxTokens(Members members) {
    OptionalLong max = OptionalLong.empty();
    for (String name : List.of("max_tokens", "max_completion_tokens")) {
      if (!members.has(name)) {
        continue;
      }
      BigDecimal value =
          members
              .number(name)
              .filter(number -> number.signum() > 0 && number.compareTo(LARGEST) <= 0)
              .filter(number -> number.stripTrailingZeros().scale() <= 0)
              .orElseThrow(() -> Problem.invalidRequest(name + ": not a whole number above 0"));
      max = OptionalLong.of(value.longValueExact());
    }
    return max;
  }

  private static final BigDecimal LARGEST = BigDecimal.valueOf(1L << 40);

  private static void stops(byte[] body, Members members) {
    if (members.kind("stop") == '['
        && Members.elements(body, members.span("stop")).size() > MAX_STOPS) {
      throw Problem.invalidRequest("stop: at most %d sequences".formatted(MAX_STOPS));
    }
  }

  private static Optional<String> session(Members members) {
    Optional<String> session = members.text("session_id");
    if (session.isPresent() && session.get().length() > 256) {
      throw Problem.invalidRequest("session_id: longer than 256 characters");
    }
    return session;
  }

  private static boolean echo(byte[] body, Members members) {
    Span debug = members.value("debug");
    return debug != null
        && members.kind("debug") == '{'
        && Members.within(body, debug).isTrue("echo_upstream_body");
  }

  private static Map<String, byte[]> plugins(byte[] body, Members members) {
    var plugins = new HashMap<String, byte[]>();
    for (String name : List.of("plugins", "transforms")) {
      Span span = members.value(name);
      if (span != null) {
        plugins.put(name, java.util.Arrays.copyOfRange(body, span.from(), span.to()));
      }
    }
    return plugins;
  }
}
