package dev.signalbox.gateway.toolcheck;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;

/// The JSON Schema (draft 7) of a tool's arguments.
final class ArgumentSchema {
  /*
   * An endpoint must not be blamed for what is not wrong: a keyword that is not known here, or does
   * not make sense, allows everything. Left out on purpose are `pattern` and `format`: the first
   * would run a stranger's expression, the second is a note in most drafts.
   */
  private static final int MAX_DEPTH = 64;

  private final JsonNode root;

  ArgumentSchema(JsonNode root) {
    this.root = root;
  }

  boolean allows(JsonNode arguments) {
    return allows(root, arguments, 0);
  }

  private boolean allows(JsonNode schema, JsonNode value, int depth) {
    if (schema.isBoolean()) {
      return schema.booleanValue();
    }
    if (!schema.isObject() || depth > MAX_DEPTH) {
      return true;
    }
    if (schema.path("$ref").isString()) {
      JsonNode target = at(schema.path("$ref").stringValue());
      return target.isMissingNode() || allows(target, value, depth + 1);
    }
    if (value.isNull() && schema.path("nullable").asBoolean(false)) {
      return true;
    }
    return isOfType(schema.path("type"), value)
        && isListed(schema, value)
        && combined(schema, value, depth)
        && switch (value.getNodeType()) {
          case OBJECT -> object(schema, value, depth);
          case ARRAY -> array(schema, value, depth);
          case NUMBER -> number(schema, value.decimalValue());
          case STRING ->
              isBetween(
                  schema,
                  "minLength",
                  value.stringValue().codePointCount(0, value.stringValue().length()),
                  "maxLength");
          default -> true;
        };
  }

  /// Follows a reference inside the document; one that leads out of it is missing.
  private JsonNode at(String reference) {
    if (!reference.startsWith("#")) {
      return root.path("#");
    }
    JsonNode node = root;
    for (String step : reference.substring(1).split("/")) {
      if (!step.isEmpty()) {
        String name = step.replace("~1", "/").replace("~0", "~");
        node =
            node.isArray() && name.matches("\\d{1,6}")
                ? node.path(Integer.parseInt(name))
                : node.path(name);
      }
    }
    return node;
  }

  private static boolean isOfType(JsonNode type, JsonNode value) {
    if (type.isString()) {
      return isA(type.stringValue(), value);
    }
    if (!type.isArray() || type.isEmpty()) {
      return true;
    }
    for (JsonNode one : type) {
      if (!one.isString() || isA(one.stringValue(), value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isA(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isString();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      case "number" -> value.isNumber();
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      default -> true;
    };
  }

  private static boolean isListed(JsonNode schema, JsonNode value) {
    if (schema.has("const") && !isSame(schema.path("const"), value)) {
      return false;
    }
    JsonNode list = schema.path("enum");
    if (!list.isArray()) {
      return true;
    }
    for (JsonNode one : list) {
      if (isSame(one, value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(JsonNode a, JsonNode b) {
    return a.isNumber() && b.isNumber()
        ? a.decimalValue().compareTo(b.decimalValue()) == 0
        : a.equals(b);
  }

  private boolean combined(JsonNode schema, JsonNode value, int depth) {
    for (JsonNode one : schema.path("allOf")) {
      if (!allows(one, value, depth + 1)) {
        return false;
      }
    }
    return (!schema.path("anyOf").isArray() || count(schema.path("anyOf"), value, depth) > 0)
        && (!schema.path("oneOf").isArray() || count(schema.path("oneOf"), value, depth) == 1)
        && !(schema.has("not") && allows(schema.path("not"), value, depth + 1));
  }

  private int count(JsonNode schemas, JsonNode value, int depth) {
    int count = 0;
    for (JsonNode one : schemas) {
      count += allows(one, value, depth + 1) ? 1 : 0;
    }
    return count;
  }

  private boolean object(JsonNode schema, JsonNode value, int depth) {
    for (JsonNode required : schema.path("required")) {
      if (required.isString() && !value.has(required.stringValue())) {
        return false;
      }
    }
    JsonNode properties = schema.path("properties");
    JsonNode others = schema.path("additionalProperties");
    boolean patterned = schema.has("patternProperties");
    for (var member : value.properties()) {
      JsonNode own = properties.path(member.getKey());
      JsonNode rule = own.isMissingNode() && !patterned ? others : own;
      if (!rule.isMissingNode() && !allows(rule, member.getValue(), depth + 1)) {
        return false;
      }
    }
    return isBetween(schema, "minProperties", value.size(), "maxProperties");
  }

  private boolean array(JsonNode schema, JsonNode value, int depth) {
    JsonNode items = schema.path("items");
    for (int i = 0; i < value.size(); i++) {
      JsonNode rule = items.isArray() ? items.path(i) : items;
      if (!rule.isMissingNode() && !allows(rule, value.path(i), depth + 1)) {
        return false;
      }
    }
    return isBetween(schema, "minItems", value.size(), "maxItems");
  }

  private static boolean number(JsonNode schema, BigDecimal value) {
    return isAtLeast(schema.path("minimum"), value, 0)
        && isAtLeast(schema.path("exclusiveMinimum"), value, 1)
        && isAtMost(schema.path("maximum"), value, 0)
        && isAtMost(schema.path("exclusiveMaximum"), value, -1);
  }

  private static boolean isBetween(JsonNode schema, String least, int size, String most) {
    BigDecimal count = BigDecimal.valueOf(size);
    return isAtLeast(schema.path(least), count, 0) && isAtMost(schema.path(most), count, 0);
  }

  private static boolean isAtLeast(JsonNode bound, BigDecimal value, int sign) {
    return !bound.isNumber() || value.compareTo(bound.decimalValue()) >= sign;
  }

  private static boolean isAtMost(JsonNode bound, BigDecimal value, int sign) {
    return !bound.isNumber() || value.compareTo(bound.decimalValue()) <= sign;
  }
}
