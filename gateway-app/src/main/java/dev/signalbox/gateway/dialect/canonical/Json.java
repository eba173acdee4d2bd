package dev.signalbox.gateway.dialect.canonical;

import dev.signalbox.gateway.wire.Document;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.ObjectNode;

/// JSON trees, read leniently: an absent member and one of the wrong type are the same.
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private Json() {}

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  /// @throws JacksonException if it is not JSON
  public static JsonNode parse(byte[] bytes) {
    return MAPPER.readTree(bytes);
  }

  /// @throws JacksonException if it is not JSON
  public static JsonNode parse(Document document) {
    return MAPPER.readTree(document.bytes(), 0, document.length());
  }

  public static Optional<JsonNode> tryParse(byte[] bytes) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      return node == null || node.isMissingNode() ? Optional.empty() : Optional.of(node);
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  public static Optional<JsonNode> tryParse(String text) {
    return tryParse(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Returns a tool call's arguments as an object; text that is none becomes `{"input": text}`.
  public static ObjectNode arguments(String text) {
    if (text.isBlank()) {
      return object();
    }
    return tryParse(text)
        .filter(JsonNode::isObject)
        .map(ObjectNode.class::cast)
        .orElseGet(() -> object().put("input", text));
  }

  public static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  public static String text(JsonNode node) {
    return MAPPER.writeValueAsString(node);
  }

  /// Returns a quoted JSON string.
  public static String quoted(String text) {
    return MAPPER.writeValueAsString(text);
  }

  public static Optional<String> string(JsonNode node, String member) {
    JsonNode value = node.path(member);
    return value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
  }

  public static String stringOr(JsonNode node, String member, String otherwise) {
    return string(node, member).orElse(otherwise);
  }

  /// Returns a member that is present and not null.
  public static Optional<JsonNode> member(JsonNode node, String member) {
    JsonNode value = node.path(member);
    return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  /// Returns a count; zero where it is absent or negative.
  public static long count(JsonNode node, String member) {
    return number(node, member).orElse(0);
  }

  public static OptionalLong number(JsonNode node, String member) {
    return number(node.path(member));
  }

  public static OptionalLong number(JsonNode value) {
    return value.isNumber()
        ? OptionalLong.of(Math.max(0, (long) value.doubleValue()))
        : OptionalLong.empty();
  }

  public static Optional<Boolean> flag(JsonNode node, String member) {
    JsonNode value = node.path(member);
    return value.isBoolean() ? Optional.of(value.booleanValue()) : Optional.empty();
  }

  public static JsonNode flag(boolean value) {
    return BooleanNode.valueOf(value);
  }

  public static JsonNode number(long value) {
    return LongNode.valueOf(value);
  }

  public static boolean isTrue(JsonNode node, String member) {
    return flag(node, member).orElse(false);
  }
}
