package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Money;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.io.JsonStringEncoder;

/// Writes a JSON object of some dozens of short members, as fast as text can be put together: there
/// is one for every generation. Not thread-safe.
final class JsonRow {
  private static final int TYPICAL_LENGTH = 1_200;

  private final StringBuilder json = new StringBuilder(TYPICAL_LENGTH).append('{');

  /// Writes a text, with what PostgreSQL refuses replaced.
  ///
  /// @param name of letters, digits and underscores
  JsonRow text(String name, String value) {
    name(name);
    json.append('"');
    if (isPlain(value)) {
      json.append(value);
    } else {
      JsonStringEncoder.getInstance().quoteAsString(StorableText.of(value), json);
    }
    json.append('"');
    return this;
  }

  /// What there is not is left out: the column is then null.
  JsonRow text(String name, Optional<String> value) {
    if (value.isPresent()) {
      text(name, value.get());
    }
    return this;
  }

  JsonRow number(String name, long value) {
    name(name);
    json.append(value);
    return this;
  }

  JsonRow number(String name, OptionalLong value) {
    if (value.isPresent()) {
      number(name, value.getAsLong());
    }
    return this;
  }

  /// A count that is zero is left out.
  JsonRow count(String name, long value) {
    return value == 0 ? this : number(name, value);
  }

  /// An amount that is zero is left out; any other is a text.
  JsonRow amount(String name, Money value) {
    return value.isZero() ? this : text(name, value.toString());
  }

  /// What is not so is left out.
  JsonRow flag(String name, boolean value) {
    return value ? raw(name, "true") : this;
  }

  /// @param value any JSON
  JsonRow raw(String name, String value) {
    name(name);
    json.append(value);
    return this;
  }

  JsonRow open(String name, char bracket) {
    name(name);
    json.append(bracket);
    return this;
  }

  /// Opens an object in an array.
  JsonRow element() {
    comma();
    json.append('{');
    return this;
  }

  JsonRow close(char bracket) {
    json.append(bracket);
    return this;
  }

  /// Returns the object, ended, in UTF-8.
  byte[] bytes() {
    return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  private void name(String name) {
    comma();
    json.append('"').append(name).append("\":");
  }

  private void comma() {
    char last = json.charAt(json.length() - 1);
    if (last != '{' && last != '[') {
      json.append(',');
    }
  }

  /// Says whether a text stands in JSON, and in PostgreSQL, as it is.
  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || Character.isSurrogate(c)) {
        return false;
      }
    }
    return true;
  }
}
