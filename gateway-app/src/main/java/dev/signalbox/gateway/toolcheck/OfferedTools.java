package dev.signalbox.gateway.toolcheck;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;

/// The tools that a request offers, by their names, whichever API it uses.
final class OfferedTools {
  private static final ArgumentSchema ANYTHING = new ArgumentSchema(BooleanNode.TRUE);

  private final Map<String, ArgumentSchema> schemas = new HashMap<>();

  /// Some tools have names that only their provider knows.
  private boolean more;

  private OfferedTools(JsonNode tools) {
    for (JsonNode tool : tools) {
      JsonNode described = tool.path("function").isObject() ? tool.path("function") : tool;
      Optional<String> name = Json.string(described, "name");
      if (name.isPresent()) {
        schemas.put(name.get(), schema(described));
      } else {
        more = true;
      }
    }
  }

  private static ArgumentSchema schema(JsonNode tool) {
    return Json.member(tool, "parameters")
        .or(() -> Json.member(tool, "input_schema"))
        .map(ArgumentSchema::new)
        .orElse(ANYTHING);
  }

  /// Returns the tools of a request; empty where it offers none.
  static Optional<OfferedTools> of(Glance glance) {
    Span span = glance.members().value("tools");
    return span == null
        ? Optional.empty()
        : Json.tryParse(Arrays.copyOfRange(glance.body().bytes(), span.from(), span.to()))
            .filter(JsonNode::isArray)
            .map(OfferedTools::new);
  }

  /// Returns whether a call can be made: the tool was offered, and the arguments are JSON that
  /// fits.
  boolean allow(ToolCalls.Made call) {
    ArgumentSchema schema = schemas.get(call.name());
    if (schema == null) {
      return more;
    }
    // For no arguments some send nothing.
    return call.arguments().isBlank()
        ? schema.allows(Json.object())
        : Json.tryParse(call.arguments()).filter(schema::allows).isPresent();
  }
}
