package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.openai.Checks;
import dev.signalbox.gateway.dialect.openai.RoutingFields;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Looks at requests of Anthropic's Messages.
public final class MessagesGlance implements CallerDialect {
  private static final int MAX_FALLBACKS = 3;

  /// What endpoints may lack, by the catalog's names.
  private static final Map<String, String> OPTIONAL_PARAMETERS =
      Map.of(
          "temperature", "temperature",
          "top_p", "top_p",
          "top_k", "top_k",
          "max_tokens", "max_tokens",
          "stop_sequences", "stop",
          "tools", "tools",
          "tool_choice", "tool_choice");

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
    Checks.arrayIfPresent(members, "tools");
    Checks.arrayIfPresent(members, "stop_sequences");
    Checks.stringIfPresent(members, "session_id");
    Checks.stringIfPresent(members, "user");
    for (String name : List.of("tool_choice", "thinking", "metadata", "output_config")) {
      Checks.objectIfPresent(members, name);
    }
    var prompt = MessagesPromptGlance.of(body, members);
    return new Glance(
        surface,
        document,
        members,
        models(body, members),
        RoutingFields.preferences(body, members),
        parameters(body, members),
        prompt.modalities(),
        Set.of(),
        prompt.tokens(),
        RoutingFields.maxTokens(members, "max_tokens"),
        members.isTrue("stream"),
        tier(members),
        RoutingFields.session(members),
        Optional.empty(),
        prompt.openingHash(),
        members.text("user").or(() -> endUser(members)),
        RoutingFields.echo(body, members),
        RoutingFields.plugins(body, members),
        Map.of());
  }

  /// Fallbacks are objects here, and another way to say `models`.
  private static List<String> models(byte[] body, Members members) {
    List<String> models = RoutingFields.models(body, members);
    Span fallbacks = members.value("fallbacks");
    if (fallbacks == null) {
      return models;
    }
    if (members.has("models")) {
      throw Problem.invalidRequest("fallbacks: cannot be combined with models");
    }
    if (members.kind("fallbacks") != '[') {
      throw Problem.invalidRequest("fallbacks: not an array");
    }
    List<Span> elements = members.elements(fallbacks);
    if (elements.size() > MAX_FALLBACKS) {
      throw Problem.invalidRequest("fallbacks: at most %d".formatted(MAX_FALLBACKS));
    }
    var all = new ArrayList<>(models);
    for (Span element : elements) {
      String model = fallback(body, element);
      if (!all.contains(model)) {
        all.add(model);
      }
    }
    return all;
  }

  private static String fallback(byte[] body, Span element) {
    if (body[element.from()] == '{') {
      Members fallback = Members.within(body, element);
      if (fallback.count() == 1 && fallback.kind("model") == '"') {
        return JsonText.decode(body, fallback.span("model"));
      }
    }
    throw Problem.invalidRequest("fallbacks: each must be {\"model\": …} and nothing else");
  }

  private static Set<String> parameters(byte[] body, Members members) {
    var parameters = new HashSet<String>();
    for (int i = 0; i < members.count(); i++) {
      String known = OPTIONAL_PARAMETERS.get(members.name(i));
      if (known != null && members.has(members.name(i))) {
        parameters.add(known);
      }
    }
    inside(members, "thinking")
        .flatMap(thinking -> thinking.text("type"))
        .filter(type -> !type.equals("disabled"))
        .ifPresent(_ -> parameters.add("reasoning"));
    if (inside(members, "output_config").filter(config -> config.has("format")).isPresent()) {
      // A schema is the only format there is here.
      parameters.addAll(List.of("response_format", "structured_outputs"));
    }
    return parameters;
  }

  /// The base tier has another name here, and the fast one another field as well.
  private static Optional<String> tier(Members members) {
    return members
        .text("service_tier")
        .map(tier -> tier.equals("standard") || tier.equals("standard_only") ? "default" : tier)
        .or(() -> members.text("speed").filter("fast"::equals));
  }

  private static Optional<String> endUser(Members members) {
    return inside(members, "metadata").flatMap(metadata -> metadata.text("user_id"));
  }

  private static Optional<Members> inside(Members members, String name) {
    return members.kind(name) == '{'
        ? Optional.of(members.within(members.span(name)))
        : Optional.empty();
  }
}
