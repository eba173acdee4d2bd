package dev.signalbox.gateway.plan;

import dev.signalbox.catalog.Glob;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.routing.RouterSlug;
import dev.signalbox.routing.auto.Classifier;
import dev.signalbox.routing.auto.Features;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.CostBand;
import dev.signalbox.routing.request.CostBand.Tier;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads how the gateway is to choose a model: the prompt's end, and the settings of the router's
/// plugin.
final class AutoSettings {
  private static final int MAX_PATTERNS = 1024;
  private static final int MAX_CHARS = 1024;
  private static final int MAX_TOTAL_CHARS = 65_536;
  private static final int MAX_DIAL = 10;

  private final String id;
  private final Members settings;

  private AutoSettings(String id, Members settings) {
    this.id = id;
    this.settings = settings;
  }

  /// @param models as asked for
  /// @return [AutoWish#NONE] where none of them leaves the choice open
  /// @throws Problem 400 for settings of the wrong kind
  static AutoWish of(List<String> models, Glance glance) {
    for (String model : models) {
      Optional<RouterSlug> router = RouterSlug.of(model).filter(RouterSlug::choosesByTask);
      if (router.isPresent()) {
        return wish(router.get().plugin(), glance);
      }
    }
    return AutoWish.NONE;
  }

  private static AutoWish wish(String id, Glance glance) {
    Optional<AutoSettings> given = given(id, glance);
    LastMessage last = lastMessage(glance, given.filter(AutoSettings::pins).isPresent());
    var features =
        new Features(
            last.text(),
            glance.inputModalities().stream().anyMatch(modality -> !modality.equals("file")),
            glance.parameters().contains("tools"),
            glance.parameters().contains("response_format")
                || glance.parameters().contains("structured_outputs"),
            glance.parameters().contains("reasoning")
                || glance.parameters().contains("reasoning_effort"));
    return new AutoWish(
        Classifier.classify(features),
        given.map(settings -> settings.globs("allowed_models")).orElse(List.of()),
        given.map(settings -> settings.globs("excluded_models")).orElse(List.of()),
        given.map(AutoSettings::band).orElse(CostBand.USUAL),
        last.answeredBy());
  }

  private static LastMessage lastMessage(Glance glance, boolean answerer) {
    String conversation =
        switch (glance.surface()) {
          case CHAT_COMPLETIONS, MESSAGES -> "messages";
          case RESPONSES -> "input";
          case COMPLETIONS -> "prompt";
          case EMBEDDINGS -> "";
        };
    Span span = glance.members().value(conversation);
    return span == null
        ? new LastMessage("", Optional.empty())
        : LastMessage.of(glance.members().bytes(), span, answerer);
  }

  /// The plugin's object; the last one, should there be several. One that is switched off says
  /// nothing.
  private static Optional<AutoSettings> given(String id, Glance glance) {
    byte[] plugins = glance.plugins().get("plugins");
    if (plugins == null || plugins[0] != '[') {
      return Optional.empty();
    }
    Optional<AutoSettings> given = Optional.empty();
    for (Span element : Members.elements(plugins, new Span(0, plugins.length))) {
      if (plugins[element.from()] == '{') {
        Members plugin = Members.within(plugins, element);
        if (plugin.text("id").equals(Optional.of(id))) {
          given =
              plugin.kind("enabled") == 'f'
                  ? Optional.empty()
                  : Optional.of(new AutoSettings(id, plugin));
        }
      }
    }
    return given;
  }

  private Problem wrong(String name, String expected) {
    return Problem.invalidRequest("plugins.%s.%s: %s".formatted(id, name, expected));
  }

  private List<Glob> globs(String name) {
    Span list = settings.value(name);
    if (list == null) {
      return List.of();
    }
    byte[] bytes = settings.bytes();
    if (bytes[list.from()] != '[') {
      throw wrong(name, "not an array");
    }
    var globs = new ArrayList<Glob>();
    int chars = 0;
    for (Span element : Members.elements(bytes, list)) {
      if (bytes[element.from()] != '"') {
        throw wrong(name, "not an array of strings");
      }
      String pattern = JsonText.decode(bytes, element);
      chars += pattern.length();
      if (globs.size() == MAX_PATTERNS || pattern.length() > MAX_CHARS || chars > MAX_TOTAL_CHARS) {
        throw wrong(
            name,
            "too long (at most %d patterns of %d characters, %d characters together)"
                .formatted(MAX_PATTERNS, MAX_CHARS, MAX_TOTAL_CHARS));
      }
      globs.add(new Glob(pattern));
    }
    return globs;
  }

  private CostBand band() {
    CostBand dial = dial();
    if (!settings.has("cost_tier")) {
      return dial;
    }
    return settings
        .text("cost_tier")
        .flatMap(Tier::ofWord)
        .map(Tier::band)
        .orElseThrow(() -> wrong("cost_tier", "not one of low, medium, high, xhigh, max"));
  }

  private CostBand dial() {
    if (!settings.has("cost_quality_tradeoff")) {
      return CostBand.USUAL;
    }
    return settings
        .number("cost_quality_tradeoff")
        .filter(AutoSettings::isOnDial)
        .map(number -> CostBand.ofDial(number.intValue()))
        .orElseThrow(() -> wrong("cost_quality_tradeoff", "not a whole number from 0 to 10"));
  }

  private static boolean isOnDial(BigDecimal number) {
    return number.signum() >= 0
        && number.compareTo(BigDecimal.valueOf(MAX_DIAL)) <= 0
        && number.stripTrailingZeros().scale() <= 0;
  }

  private boolean pins() {
    return switch (settings.kind("pin_model")) {
      case 0, 'f' -> false;
      case 't' -> true;
      default -> throw wrong("pin_model", "not true or false");
    };
  }
}
