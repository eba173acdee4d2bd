package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.routing.request.Preferences;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads the members that the gateway adds to every surface's requests.
public final class RoutingFields {
  private static final int MAX_MODELS = 3;
  private static final BigDecimal LARGEST = BigDecimal.valueOf(1L << 40);

  private RoutingFields() {}

  public static List<String> models(byte[] body, Members members) {
    var models = new ArrayList<String>();
    members.text("model").ifPresent(models::add);
    Span list = members.value("models");
    if (list == null) {
      return models;
    }
    if (members.kind("models") != '[') {
      throw Problem.invalidRequest("models: not an array");
    }
    List<Span> elements = members.elements(list);
    if (elements.size() > MAX_MODELS) {
      throw Problem.invalidRequest(
          "'models' array must have %d items or fewer.".formatted(MAX_MODELS));
    }
    for (Span element : elements) {
      if (body[element.from()] != '"') {
        throw Problem.invalidRequest("models: not an array of strings");
      }
      String model = JsonText.decode(body, element);
      if (!models.contains(model)) {
        models.add(model);
      }
    }
    return models;
  }

  public static Preferences preferences(byte[] body, Members members) {
    Span provider = members.value("provider");
    if (provider != null && members.kind("provider") != '{') {
      throw Problem.invalidRequest("provider: not an object");
    }
    Optional<String> route = members.text("route");
    if (provider == null && route.isEmpty()) {
      return Preferences.NONE;
    }
    Members inside =
        provider == null ? Members.scan(new byte[] {'{', '}'}) : Members.within(body, provider);
    return new PreferencesReader(inside, route).read();
  }

  public static Optional<String> session(Members members) {
    Optional<String> session = members.text("session_id");
    if (session.isPresent() && session.get().length() > 256) {
      throw Problem.invalidRequest("session_id: longer than 256 characters");
    }
    return session;
  }

  public static boolean echo(byte[] body, Members members) {
    Span debug = members.value("debug");
    return debug != null
        && members.kind("debug") == '{'
        && Members.within(body, debug).isTrue("echo_upstream_body");
  }

  public static Map<String, byte[]> plugins(byte[] body, Members members) {
    var plugins = new HashMap<String, byte[]>();
    for (String name : List.of("plugins", "transforms")) {
      Span span = members.value(name);
      if (span != null) {
        plugins.put(name, Arrays.copyOfRange(body, span.from(), span.to()));
      }
    }
    return plugins;
  }

  /// Returns the cap on an answer, by whichever of its names it has.
  public static OptionalLong maxTokens(Members members, String... names) {
    OptionalLong max = OptionalLong.empty();
    for (String name : names) {
      if (!members.has(name)) {
        continue;
      }
      BigDecimal value =
          members
              .number(name)
              .filter(number -> number.signum() > 0 && number.compareTo(LARGEST) <= 0)
              .filter(number -> number.stripTrailingZeros().scale() <= 0)
              .orElseThrow(() -> Problem.invalidRequest(name + ": not a whole number above 0"));
      max = OptionalLong.of(value.longValueExact());
    }
    return max;
  }
}
