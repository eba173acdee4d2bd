package dev.signalbox.gateway.sandbox;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes up a value that fits a JSON schema: the same for the same prompt.
final class SandboxJson {
  /*
   * Understood are types, properties, items, enum, const, $ref into the schema itself, anyOf, oneOf,
   * allOf, bounds of lengths and numbers, and the usual string formats. Below the depth limit only
   * what is required is filled in; a schema that requires itself without end is cut there.
   */
  private static final int MAX_DEPTH = 6;
  private static final int HARD_DEPTH = 24;
  private static final int MAX_ITEMS = 64;
  private static final int MAX_CHARS = 2_000;

  private final JsonNode root;
  private final Random random;

  private SandboxJson(JsonNode root, Random random) {
    this.root = root;
    this.random = random;
  }

  /// Returns maps, lists, texts, numbers, booleans and nulls.
  static @Nullable Object fitting(JsonNode schema, String prompt) {
    return new SandboxJson(schema, new Random(prompt.hashCode())).value(schema, 0);
  }

  private @Nullable Object value(JsonNode given, int depth) {
    JsonNode schema = resolved(given);
    if (schema.has("const")) {
      return plain(schema.path("const"));
    }
    JsonNode words = schema.path("enum");
    if (words.isArray() && !words.isEmpty()) {
      return plain(words.get(random.nextInt(words.size())));
    }
    if (depth > HARD_DEPTH) {
      return null;
    }
    for (String choice : List.of("anyOf", "oneOf")) {
      if (schema.path(choice).isArray() && !schema.path(choice).isEmpty()) {
        return value(schema.path(choice).get(0), depth + 1);
      }
    }
    if (schema.path("allOf").isArray() && !schema.path("allOf").isEmpty()) {
      return all(schema, depth);
    }
    return switch (type(schema)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, depth);
      case "integer", "number" -> number(schema, type(schema).equals("integer"));
      case "boolean" -> random.nextBoolean();
      case "null" -> null;
      default -> text(schema);
    };
  }

  /// Follows `#/…` references, a bounded number of times.
  private JsonNode resolved(JsonNode schema) {
    JsonNode at = schema;
    for (int hops = 0; hops < 16 && at.path("$ref").isString(); hops++) {
      String reference = at.path("$ref").asString("");
      at =
          reference.equals("#")
              ? root
              : root.at(reference.startsWith("#/") ? reference.substring(1) : "");
    }
    return at;
  }

  private static String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      for (JsonNode one : type) {
        if (!one.asString("").equals("null")) {
          return one.asString("");
        }
      }
      return "null";
    }
    if (type.isString()) {
      return type.asString();
    }
    if (schema.has("properties")) {
      return "object";
    }
    return schema.has("items") ? "array" : "string";
  }

  private @Nullable Object all(JsonNode schema, int depth) {
    var merged = new LinkedHashMap<String, Object>();
    Object last = null;
    for (JsonNode part : schema.path("allOf")) {
      last = value(part, depth + 1);
      if (last instanceof Map<?, ?> object) {
        object.forEach((name, inner) -> merged.put(String.valueOf(name), inner));
      }
    }
    if (schema.has("properties")) {
      merged.putAll(object(schema, depth));
    }
    return merged.isEmpty() ? last : merged;
  }

  private Map<String, Object> object(JsonNode schema, int depth) {
    var required = new ArrayList<String>();
    schema.path("required").forEach(name -> required.add(name.asString("")));
    var object = new LinkedHashMap<String, Object>();
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              if (depth < MAX_DEPTH || required.contains(property.getKey())) {
                object.put(property.getKey(), value(property.getValue(), depth + 1));
              }
            });
    for (String name : required) {
      object.computeIfAbsent(name, _ -> word());
    }
    return object;
  }

  private List<Object> array(JsonNode schema, int depth) {
    int least = Math.clamp(schema.path("minItems").asInt(0), 0, MAX_ITEMS);
    int most = Math.max(least, Math.clamp(schema.path("maxItems").asInt(2), 0, MAX_ITEMS));
    int count = depth >= MAX_DEPTH ? least : Math.max(least, Math.min(2, most));
    var list = new ArrayList<Object>();
    JsonNode items = schema.path("items");
    for (int i = 0; i < count; i++) {
      list.add(items.isObject() ? value(items, depth + 1) : word());
    }
    return list;
  }

  private Object number(JsonNode schema, boolean whole) {
    BigDecimal low = bound(schema, "minimum", "exclusiveMinimum", BigDecimal.ONE);
    BigDecimal high = bound(schema, "maximum", "exclusiveMaximum", BigDecimal.ONE.negate());
    BigDecimal from =
        low == null ? high == null ? BigDecimal.ONE : high.subtract(BigDecimal.TEN) : low;
    BigDecimal to = high == null ? from.add(BigDecimal.valueOf(99)) : high;
    BigDecimal width = to.subtract(from).max(BigDecimal.ZERO);
    BigDecimal value = from.add(width.multiply(BigDecimal.valueOf(random.nextInt(101), 2)));
    BigDecimal step =
        schema.path("multipleOf").isNumber()
            ? schema.path("multipleOf").decimalValue()
            : BigDecimal.ZERO;
    if (step.signum() > 0) {
      value = value.divide(step, 0, RoundingMode.CEILING).multiply(step);
      value = value.compareTo(to) > 0 ? value.subtract(step) : value;
    } else if (whole) {
      value = value.setScale(0, RoundingMode.CEILING).min(to.setScale(0, RoundingMode.FLOOR));
    }
    return whole ? value.setScale(0, RoundingMode.HALF_UP).toBigInteger() : value;
  }

  private static @Nullable BigDecimal bound(
      JsonNode schema, String inclusive, String exclusive, BigDecimal inside) {
    if (schema.path(exclusive).isNumber()) {
      return schema.path(exclusive).decimalValue().add(inside);
    }
    return schema.path(inclusive).isNumber() ? schema.path(inclusive).decimalValue() : null;
  }

  private String text(JsonNode schema) {
    String shaped =
        switch (schema.path("format").asString("")) {
          case "date-time" -> "2026-01-01T12:00:00Z";
          case "date" -> "2026-01-01";
          case "time" -> "12:00:00Z";
          case "duration" -> "PT1H";
          case "email" -> "sandbox@example.com";
          case "uri", "uri-reference" -> "https://example.com/sandbox";
          case "hostname" -> "sandbox.example.com";
          case "ipv4" -> "192.0.2.1";
          case "ipv6" -> "2001:db8::1";
          case "uuid" -> "00000000-0000-4000-8000-00000000b0c5";
          default -> "";
        };
    var text = new StringBuilder(shaped.isEmpty() ? word() : shaped);
    int least = Math.clamp(schema.path("minLength").asInt(0), 0, MAX_CHARS);
    while (text.length() < least) {
      text.append(' ').append(word());
    }
    int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
    return text.length() > most ? text.substring(0, Math.max(0, most)) : text.toString();
  }

  private String word() {
    return SandboxText.word(random);
  }

  private static @Nullable Object plain(JsonNode node) {
    if (node.isNumber()) {
      return node.decimalValue();
    }
    if (node.isBoolean()) {
      return node.asBoolean();
    }
    if (node.isNull()) {
      return null;
    }
    return node.isString() ? node.asString() : node;
  }
}
