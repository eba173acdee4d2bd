package dev.signalbox.gateway.account;

import dev.signalbox.gateway.problem.Problem;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a JSON object that a caller sent; what is wrong with one is told by its name.
public final class Fields {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final int MAX_TEXT = 4_096;
  private static final int MAX_LIST = 1_000;
  private static final int LAST_YEAR = 9_999;

  private final ObjectNode object;

  private Fields(ObjectNode object) {
    this.object = object;
  }

  public static Fields of(byte @Nullable [] body) {
    try {
      if (JSON.readTree(body == null ? new byte[0] : body) instanceof ObjectNode object) {
        return new Fields(object);
      }
    } catch (JacksonException e) {
      // Said below: the parser's words may quote the body.
    }
    throw Problem.invalidRequest("The body must be a JSON object");
  }

  /// Refuses fields that are not among these: a misspelt one would else be ignored.
  public Fields only(String... known) {
    Set<String> names = Set.of(known);
    List<String> unknown =
        object.propertyNames().stream().filter(name -> !names.contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw Problem.invalidRequest(
          String.join(", ", unknown.stream().map("%.64s"::formatted).toList()) + ": unknown field");
    }
    return this;
  }

  /// Returns the object itself.
  public ObjectNode object() {
    return object;
  }

  /// Whether a field was sent, if only as null.
  public boolean has(String name) {
    return object.has(name);
  }

  private @Nullable JsonNode node(String name) {
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? null : node;
  }

  public Optional<String> text(String name) {
    return text(name, MAX_TEXT);
  }

  public Optional<String> text(String name, int max) {
    JsonNode node = node(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isString()) {
      throw Problem.invalidRequest(name + ": must be a string");
    }
    if (node.stringValue().indexOf('\0') >= 0) {
      throw Problem.invalidRequest(name + ": must not contain the character NUL");
    }
    if (node.stringValue().length() > max) {
      throw Problem.invalidRequest("%s: at most %d characters".formatted(name, max));
    }
    return Optional.of(node.stringValue());
  }

  /// Returns a text that is not blank.
  public String required(String name) {
    return required(name, MAX_TEXT);
  }

  public String required(String name, int max) {
    if (!has(name)) {
      throw Problem.invalidRequest(name + ": required");
    }
    return text(name, max)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> Problem.invalidRequest(name + ": must not be empty"));
  }

  public boolean flag(String name, boolean otherwise) {
    JsonNode node = object.get(name);
    if (node == null) {
      return otherwise;
    }
    if (!node.isBoolean()) {
      throw Problem.invalidRequest(name + ": must be a boolean");
    }
    return node.booleanValue();
  }

  /// Returns a number of at most 20 digits before the point and 18 after it.
  public Optional<BigDecimal> decimal(String name) {
    JsonNode node = node(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isNumber()) {
      throw Problem.invalidRequest(name + ": must be a number or null");
    }
    BigDecimal value = node.decimalValue();
    if (value.precision() - value.scale() > 20 || value.scale() > 18) {
      throw Problem.invalidRequest(name + ": out of range");
    }
    return Optional.of(value);
  }

  /// Returns a number that is not negative.
  public Optional<BigDecimal> amount(String name) {
    Optional<BigDecimal> value = decimal(name);
    if (value.isPresent() && value.get().signum() < 0) {
      throw Problem.invalidRequest(name + ": out of range");
    }
    return value;
  }

  /// Returns a whole number that is not negative.
  public OptionalLong whole(String name) {
    JsonNode node = node(name);
    if (node == null) {
      return OptionalLong.empty();
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw Problem.invalidRequest(name + ": must be a whole number");
    }
    return OptionalLong.of(node.longValue());
  }

  public Optional<Instant> utc(String name) {
    return text(name).map(text -> utc(name, text));
  }

  private static Instant utc(String name, String text) {
    try {
      OffsetDateTime at = OffsetDateTime.parse(text);
      if (at.getOffset().equals(ZoneOffset.UTC) && at.getYear() >= 1 && at.getYear() <= LAST_YEAR) {
        return at.toInstant();
      }
    } catch (DateTimeException e) {
      // Said below.
    }
    throw Problem.invalidRequest(name + ": must be an ISO 8601 time in UTC");
  }

  public Optional<UUID> uuid(String name) {
    return text(name).map(text -> uuid(name, text));
  }

  public static UUID uuid(String name, String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw Problem.invalidRequest(name + ": must be a UUID");
    }
  }

  /// Returns a list of texts; null and absent are empty.
  public Optional<List<String>> texts(String name) {
    JsonNode node = node(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isArray() || node.size() > MAX_LIST) {
      throw Problem.invalidRequest(
          "%s: must be a list of at most %d strings".formatted(name, MAX_LIST));
    }
    var texts = new ArrayList<String>();
    for (JsonNode item : node) {
      if (!item.isString()
          || item.stringValue().isBlank()
          || item.stringValue().indexOf('\0') >= 0) {
        throw Problem.invalidRequest(name + ": must be a list of strings");
      }
      texts.add(item.stringValue());
    }
    return Optional.of(texts);
  }

  /// Returns one of a few words.
  public Optional<String> word(String name, String... words) {
    Optional<String> text = text(name);
    if (text.isPresent() && !List.of(words).contains(text.get())) {
      throw Problem.invalidRequest(
          "%s: must be one of %s".formatted(name, String.join(", ", words)));
    }
    return text;
  }
}
