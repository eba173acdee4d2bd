package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A schema as Anthropic and Bedrock enforce it. They refuse what they cannot enforce, so that is
/// told in the description instead; and objects are closed, which they want said.
public final class EnforcedSchema {
  private static final Set<String> OF_SCHEMAS = Set.of("properties", "$defs", "definitions");
  private static final Set<String> LISTS = Set.of("anyOf", "allOf", "oneOf");
  private static final Set<String> TOLD =
      Set.of(
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "maxItems",
          "uniqueItems",
          "minProperties",
          "maxProperties");
  private static final Set<String> FORMATS =
      Set.of(
          "date-time",
          "time",
          "date",
          "duration",
          "email",
          "hostname",
          "uri",
          "ipv4",
          "ipv6",
          "uuid");

  private EnforcedSchema() {}

  public static JsonNode of(JsonNode schema) {
    if (!schema.isObject()) {
      return schema;
    }
    var enforced = Json.object();
    var told = Json.object();
    for (var member : schema.properties()) {
      String word = member.getKey();
      JsonNode value = member.getValue();
      if (OF_SCHEMAS.contains(word)) {
        ObjectNode inner = enforced.putObject(word);
        value.properties().forEach(one -> inner.set(one.getKey(), of(one.getValue())));
      } else if (LISTS.contains(word)) {
        // One of several is not enforced; any of them is.
        var inner = enforced.putArray(word.equals("oneOf") ? "anyOf" : word);
        value.forEach(one -> inner.add(of(one)));
      } else if (word.equals("items")) {
        enforced.set(word, of(value));
      } else {
        (enforces(word, value) ? enforced : told).set(word, value);
      }
    }
    boolean object = Json.stringOr(schema, "type", "").equals("object") || schema.has("properties");
    if (object && !schema.has("additionalProperties")) {
      enforced.put("additionalProperties", false);
    }
    if (!told.isEmpty()) {
      String words = Json.stringOr(schema, "description", "");
      enforced.put("description", (words.isEmpty() ? "" : words + "\n") + Json.text(told));
    }
    return enforced;
  }

  private static boolean enforces(String word, JsonNode value) {
    return switch (word) {
      case "minItems" -> value.asInt(0) <= 1;
      case "format" -> FORMATS.contains(value.asString(""));
      default -> !TOLD.contains(word);
    };
  }
}
