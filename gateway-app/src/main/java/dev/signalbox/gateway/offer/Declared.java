package dev.signalbox.gateway.offer;

import dev.signalbox.gateway.offer.CatalogText.Scalar;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One object of a catalog file: reads its fields, and notes what is wrong with them and where.
final class Declared {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*(?:\\|[A-Za-z_][A-Za-z0-9_]*)*)}");
  private static final int MAX_NUMBER_CHARS = 40;

  /// The tag of a text that came over the API: nothing in it is replaced.
  static final String LITERAL = "literal";

  /// A variable that no environment has.
  static final String NEVER_SET = "SIGNALBOX_NEVER_SET";

  private final String file;
  private final String path;
  private final Map<String, Object> fields;
  private final Function<String, @Nullable String> environment;
  private final List<String> faults;

  private Declared(
      String file,
      String path,
      Map<String, Object> fields,
      Function<String, @Nullable String> environment,
      List<String> faults) {
    this.file = file;
    this.path = path;
    this.fields = fields;
    this.environment = environment;
    this.faults = faults;
  }

  static Declared root(
      String file,
      Object tree,
      Function<String, @Nullable String> environment,
      List<String> faults) {
    if (!(tree instanceof Map<?, ?>)) {
      throw new InvalidCatalogException(List.of(file + ": not an object"));
    }
    return new Declared(file, "", fields(tree), environment, faults);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(Object tree) {
    return (Map<String, Object>) tree;
  }

  Map<String, Object> fields() {
    return fields;
  }

  /// Returns an object in this one's place.
  ///
  /// @param label stands for the file in messages
  Declared changed(String label, Map<String, Object> fields) {
    return new Declared(label, "", fields, environment, faults);
  }

  /// Whether a text came over the API, and not from a file.
  boolean isLiteral(String name) {
    return fields.get(name) instanceof Scalar(_, String tag) && tag.equals(LITERAL);
  }

  void fault(String name, String cause) {
    faults.add("%s: %s: %s".formatted(file, at(name), cause));
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /// Notes every field that is not one of these: a misspelt field would else be silently ignored.
  void known(String... names) {
    var known = Set.of(names);
    fields.keySet().stream()
        .filter(name -> !known.contains(name))
        .forEach(n -> fault(n, "unknown"));
  }

  Set<String> names() {
    return fields.keySet();
  }

  boolean has(String name) {
    return fields.containsKey(name) && !isNull(fields.get(name));
  }

  private static boolean isNull(@Nullable Object value) {
    return value instanceof Scalar(_, String tag) && tag.equals("null");
  }

  Optional<String> text(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (fields.get(name) instanceof Scalar(String text, _)) {
      return Optional.of(text);
    }
    fault(name, "not a text");
    return Optional.empty();
  }

  String required(String name) {
    Optional<String> text = text(name).filter(value -> !value.isBlank());
    if (text.isEmpty()) {
      fault(name, "missing");
    }
    return text.orElse("");
  }

  /// Returns a text with `${VARIABLE}`s replaced, the first that is set of `${ONE|OTHER}`; null if
  /// one of them is not set.
  @Nullable String interpolated(String name) {
    Optional<String> text = text(name);
    return text.isEmpty() ? null : isLiteral(name) ? text.get() : replaced(text.get());
  }

  private @Nullable String replaced(String text) {
    Matcher matcher = VARIABLE.matcher(text);
    var result = new StringBuilder();
    while (matcher.find()) {
      String value = firstOf(matcher.group(1).split("\\|"));
      if (value == null) {
        return null;
      }
      matcher.appendReplacement(result, Matcher.quoteReplacement(value.trim()));
    }
    return matcher.appendTail(result).toString();
  }

  private @Nullable String firstOf(String... variables) {
    for (String variable : variables) {
      String value = variable.equals(NEVER_SET) ? null : environment.apply(variable);
      if (value != null && !value.isBlank()) {
        return value;
      }
    }
    return null;
  }

  boolean bool(String name, boolean preset) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return preset;
    }
    return switch (text.get()) {
      case "true" -> true;
      case "false" -> false;
      default -> {
        fault(name, text.get() + " (expected: true or false)");
        yield preset;
      }
    };
  }

  BigDecimal decimal(String name, BigDecimal preset) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return preset;
    }
    try {
      if (text.get().length() <= MAX_NUMBER_CHARS) {
        var value = new BigDecimal(text.get());
        if (value.scale() <= MAX_NUMBER_CHARS && value.precision() <= MAX_NUMBER_CHARS) {
          return value;
        }
      }
    } catch (NumberFormatException _) {
      // Told below.
    }
    fault(name, "%.40s (expected: a number)".formatted(text.get()));
    return preset;
  }

  OptionalLong whole(String name) {
    if (!has(name)) {
      return OptionalLong.empty();
    }
    try {
      long value = decimal(name, BigDecimal.ZERO).longValueExact();
      if (value >= 0) {
        return OptionalLong.of(value);
      }
    } catch (ArithmeticException _) {
      // Told below.
    }
    fault(name, "not a whole number (expected: >= 0)");
    return OptionalLong.empty();
  }

  List<String> texts(String name) {
    if (!has(name)) {
      return List.of();
    }
    var texts = new ArrayList<String>();
    if (fields.get(name) instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Scalar(String text, _)) {
          texts.add(text);
        } else {
          fault(name, "not a list of texts");
        }
      }
    } else {
      fault(name, "not a list");
    }
    return texts;
  }

  /// Returns an object of texts, with variables replaced; those that are not set are left out.
  Map<String, String> strings(String name) {
    var strings = new HashMap<String, String>();
    child(name)
        .ifPresent(
            child ->
                child
                    .names()
                    .forEach(
                        key -> {
                          String value = child.interpolated(key);
                          if (value != null) {
                            strings.put(key, value);
                          }
                        }));
    return strings;
  }

  Optional<Declared> child(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    Object value = fields.get(name);
    if (value instanceof Map<?, ?>) {
      return Optional.of(new Declared(file, at(name), fields(value), environment, faults));
    }
    fault(name, "not an object");
    return Optional.empty();
  }

  List<Declared> children(String name) {
    if (!has(name)) {
      return List.of();
    }
    var children = new ArrayList<Declared>();
    if (fields.get(name) instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        String itemPath = "%s[%d]".formatted(at(name), i);
        if (list.get(i) instanceof Map<?, ?> item) {
          children.add(new Declared(file, itemPath, fields(item), environment, faults));
        } else {
          faults.add("%s: %s: not an object".formatted(file, itemPath));
        }
      }
    } else {
      fault(name, "not a list");
    }
    return children;
  }

  /// Returns the fields that are not among these, as plain JSON values.
  Map<String, Object> rest(Set<String> read) {
    var rest = new LinkedHashMap<String, Object>();
    fields.forEach(
        (name, value) -> {
          if (!read.contains(name) && !isNull(value)) {
            rest.put(name, plain(value));
          }
        });
    return rest;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case Scalar(String text, String tag) ->
          switch (tag) {
            case "int", "float" -> number(text);
            case "bool" -> Boolean.valueOf(text);
            case "null" -> Optional.empty();
            default -> text;
          };
      case List<?> list -> list.stream().map(Declared::plain).toList();
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, inner) -> copy.put(String.valueOf(key), plain(inner)));
        yield copy;
      }
      default -> value;
    };
  }

  private static Object number(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException _) {
      return text;
    }
  }
}
