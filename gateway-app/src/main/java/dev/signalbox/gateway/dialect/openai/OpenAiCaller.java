package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Reads requests in OpenAI's format: chat completions, completions and embeddings.
public final class OpenAiCaller implements CallerDialect {
  private static final int MAX_STOPS = 4;

  /// Parameters that endpoints may lack.
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

  /// What goes with a list of tools.
  static final Set<String> TOOL_FIELDS = Set.of("tools", "tool_choice", "parallel_tool_calls");

  @Override
  public Glance glance(Surface surface, Document body) {
    try {
      return read(surface, body, Members.scan(body));
    } catch (MalformedJsonException malformed) {
      throw Problems.notJson(malformed);
    }
  }

  private static Glance read(Surface surface, Document document, Members members) {
    byte[] body = document.bytes();
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
    ParameterTypes.check(body, members);
    Checks.reasoning(members);
    stops(members);
    var text =
        switch (surface) {
          case CHAT_COMPLETIONS -> PromptGlance.ofMessages(body, members);
          case COMPLETIONS -> PromptGlance.of(members, "prompt");
          case EMBEDDINGS -> {
            embeddings(members);
            yield PromptGlance.of(members, "input");
          }
          case MESSAGES, RESPONSES ->
              throw new IllegalArgumentException(
                  "surface: %s (expected: OpenAI's)".formatted(surface));
        };
    return new Glance(
        surface,
        document,
        members,
        RoutingFields.models(body, members),
        RoutingFields.preferences(body, members),
        parameters(members),
        text.modalities(),
        surface == Surface.CHAT_COMPLETIONS ? outputs(body, members) : Set.of(),
        text.tokens(),
        RoutingFields.maxTokens(members, "max_tokens", "max_completion_tokens"),
        members.isTrue("stream") && surface != Surface.EMBEDDINGS,
        members.text("service_tier"),
        RoutingFields.session(members),
        members.text("prompt_cache_key"),
        text.openingHash(),
        members.text("user"),
        RoutingFields.echo(body, members),
        RoutingFields.plugins(body, members),
        Map.of());
  }

  private static void embeddings(Members members) {
    if (members.kind("input") == '[' && members.elements(members.span("input")).isEmpty()) {
      throw Problem.invalidRequest("input: empty");
    }
    Checks.stringIfPresent(members, "encoding_format");
    String format = members.text("encoding_format").orElse("float");
    if (!format.equals("float") && !format.equals("base64")) {
      throw Problem.invalidRequest("encoding_format: not float or base64");
    }
  }

  private static Set<String> parameters(Members members) {
    var parameters = new HashSet<String>();
    for (int i = 0; i < members.count(); i++) {
      String name = members.name(i);
      if (OPTIONAL_PARAMETERS.contains(name) && members.has(name)) {
        parameters.add(name);
      }
    }
    if (members.kind("response_format") == '{') {
      switch (members.within(members.span("response_format")).text("type").orElse("")) {
        // Text is what every endpoint answers with.
        case "text" -> parameters.remove("response_format");
        case "json_schema" -> parameters.add("structured_outputs");
        default -> {}
      }
    }
    if (offersNoTools(members)) {
      parameters.removeAll(TOOL_FIELDS);
    }
    return parameters;
  }

  /// An empty list of tools asks nothing of an endpoint.
  static boolean offersNoTools(Members members) {
    return members.kind("tools") == '[' && members.elements(members.span("tools")).isEmpty();
  }

  /// Text is what is written anyway.
  private static Set<String> outputs(byte[] body, Members members) {
    if (!members.has("modalities")) {
      return Set.of();
    }
    var outputs = new HashSet<String>();
    for (Span element : members.elements(members.span("modalities"))) {
      if (body[element.from()] != '"') {
        throw Problem.invalidRequest("modalities: not an array of strings");
      }
      outputs.add(JsonText.decode(body, element));
    }
    return outputs;
  }

  private static void stops(Members members) {
    if (members.kind("stop") == '[' && members.elements(members.span("stop")).size() > MAX_STOPS) {
      throw Problem.invalidRequest("stop: at most %d sequences".formatted(MAX_STOPS));
    }
  }
}
