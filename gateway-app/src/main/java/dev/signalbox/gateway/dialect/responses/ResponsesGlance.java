package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.openai.Checks;
import dev.signalbox.gateway.dialect.openai.RoutingFields;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Looks at requests of OpenAI's Responses. Nothing is kept between them: whatever would need that
/// is refused.
public final class ResponsesGlance implements CallerDialect {
  private static final int MAX_TOOL_CALLS = 30;

  /// What endpoints may lack, by the catalog's names.
  private static final Map<String, String> OPTIONAL_PARAMETERS =
      Map.ofEntries(
          Map.entry("temperature", "temperature"),
          Map.entry("top_p", "top_p"),
          Map.entry("top_k", "top_k"),
          Map.entry("frequency_penalty", "frequency_penalty"),
          Map.entry("presence_penalty", "presence_penalty"),
          Map.entry("top_logprobs", "top_logprobs"),
          Map.entry("max_output_tokens", "max_tokens"),
          Map.entry("seed", "seed"),
          Map.entry("tools", "tools"),
          Map.entry("tool_choice", "tool_choice"),
          Map.entry("parallel_tool_calls", "parallel_tool_calls"),
          Map.entry("reasoning", "reasoning"));

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
    refuseState(members);
    Checks.stringIfPresent(members, "model");
    Checks.booleanIfPresent(members, "stream");
    Checks.range(members, "temperature", 0, 2);
    Checks.range(members, "top_p", 0, 1);
    Checks.range(members, "frequency_penalty", -2, 2);
    Checks.range(members, "presence_penalty", -2, 2);
    Checks.range(members, "top_logprobs", 0, 20);
    Checks.range(members, "max_tool_calls", 0, MAX_TOOL_CALLS);
    for (String name : List.of("tools", "include")) {
      Checks.arrayIfPresent(members, name);
    }
    for (String name : List.of("text", "reasoning", "metadata")) {
      Checks.objectIfPresent(members, name);
    }
    for (String name : List.of("session_id", "user", "safety_identifier")) {
      Checks.stringIfPresent(members, name);
    }
    var prompt = InputGlance.of(body, members);
    return new Glance(
        surface,
        document,
        members,
        RoutingFields.models(body, members),
        RoutingFields.preferences(body, members),
        parameters(body, members),
        prompt.modalities(),
        Set.of(),
        prompt.tokens(),
        RoutingFields.maxTokens(members, "max_output_tokens"),
        members.isTrue("stream"),
        members.text("service_tier"),
        RoutingFields.session(members),
        members.text("prompt_cache_key"),
        prompt.openingHash(),
        members.text("user").or(() -> members.text("safety_identifier")),
        RoutingFields.echo(body, members),
        RoutingFields.plugins(body, members),
        Map.of());
  }

  private static void refuseState(Members members) {
    if (members.isTrue("store")) {
      throw Problem.invalidRequest("store: nothing is stored here (expected: false, or none)");
    }
    if (members.isTrue("background")) {
      throw Problem.invalidRequest("background: answers are given at once or not at all");
    }
    for (String name : List.of("previous_response_id", "conversation")) {
      if (members.has(name)) {
        throw Problem.invalidRequest(
            name + ": nothing is stored here; send the whole conversation as input");
      }
    }
    if (members.has("prompt")) {
      throw Problem.invalidRequest("prompt: no prompt templates are stored here; send input");
    }
  }

  private static Set<String> parameters(byte[] body, Members members) {
    var parameters = new HashSet<String>();
    for (int i = 0; i < members.count(); i++) {
      String known = OPTIONAL_PARAMETERS.get(members.name(i));
      if (known != null && members.has(members.name(i))) {
        parameters.add(known);
      }
    }
    if (members.kind("tools") == '[' && Members.elements(body, members.span("tools")).isEmpty()) {
      parameters.remove("tools");
      parameters.remove("tool_choice");
      parameters.remove("parallel_tool_calls");
    }
    if (members.kind("text") == '{') {
      Members text = Members.within(body, members.span("text"));
      if (text.has("verbosity")) {
        parameters.add("verbosity");
      }
      switch (formatType(body, text).orElse("text")) {
        case "text" -> {}
        case "json_schema" -> parameters.addAll(List.of("response_format", "structured_outputs"));
        default -> parameters.add("response_format");
      }
    }
    return parameters;
  }

  private static Optional<String> formatType(byte[] body, Members text) {
    return text.kind("format") == '{'
        ? Members.within(body, text.span("format")).text("type")
        : Optional.empty();
  }
}
