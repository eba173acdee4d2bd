package dev.signalbox.gateway.plugin;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.gateway.wire.Needle;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The plugins that a request asks for.
///
/// @param healing broken JSON of the answer is to be mended
/// @param compression a prompt that is too long is to be shortened: yes, no, or unsaid
public record PluginWishes(boolean healing, Optional<Boolean> compression) {
  private static final PluginWishes NONE = new PluginWishes(false, Optional.empty());
  private static final String COMPRESSION = "context-compression";
  private static final String HEALING = "response-healing";

  /// Plugins that are the router's, and harmless without it.
  private static final Set<String> ROUTING =
      Set.of("auto-router", "auto-beta-router", "pareto-router");

  private static final Set<String> NEED_A_THIRD_PARTY =
      Set.of("web", "web-fetch", "file-parser", "moderation", "fusion");

  private static final Needle SERVER_TOOL = Needle.of("\"openrouter:");

  /// @throws Problem 400 for what is malformed, unknown, or needs a third party that nobody
  ///   configured
  public static PluginWishes of(Glance glance) {
    serverTools(glance.members());
    byte[] plugins = glance.plugins().get("plugins");
    byte[] transforms = glance.plugins().get("transforms");
    if (plugins == null && transforms == null) {
      return NONE;
    }
    boolean healing = false;
    Optional<Boolean> compression = transforms == null ? Optional.empty() : middleOut(transforms);
    if (plugins != null) {
      for (Members plugin : objects(plugins)) {
        String id =
            plugin.text("id").orElseThrow(() -> Problem.invalidRequest("plugins: one has no id"));
        boolean enabled = enabled(plugin, id);
        switch (id) {
          case HEALING -> healing = enabled;
          case COMPRESSION -> {
            engine(plugin);
            compression = Optional.of(enabled);
          }
          default -> otherwise(id, enabled);
        }
      }
    }
    return new PluginWishes(healing, compression);
  }

  private static List<Members> objects(byte[] plugins) {
    if (plugins[0] != '[') {
      throw Problem.invalidRequest("plugins: not an array");
    }
    return Members.elements(plugins, new Span(0, plugins.length)).stream()
        .map(
            element -> {
              if (plugins[element.from()] != '{') {
                throw Problem.invalidRequest("plugins: not an array of objects");
              }
              return Members.within(plugins, element);
            })
        .toList();
  }

  private static boolean enabled(Members plugin, String id) {
    return switch (plugin.kind("enabled")) {
      case 0, 't' -> true;
      case 'f' -> false;
      default ->
          throw Problem.invalidRequest("plugins.%.64s.enabled: not true or false".formatted(id));
    };
  }

  private static void engine(Members plugin) {
    if (plugin.has("engine") && !plugin.text("engine").equals(Optional.of("middle-out"))) {
      throw Problem.invalidRequest("plugins.context-compression.engine: not middle-out");
    }
  }

  private static void otherwise(String id, boolean enabled) {
    if (NEED_A_THIRD_PARTY.contains(id)) {
      if (enabled) {
        throw Problem.invalidRequest(
            "The plugin '%s' is not configured on this installation".formatted(id));
      }
    } else if (!ROUTING.contains(id)) {
      throw Problem.invalidRequest("plugins: no plugin is called '%.64s'".formatted(id));
    }
  }

  private static Optional<Boolean> middleOut(byte[] transforms) {
    if (transforms[0] != '[') {
      throw Problem.invalidRequest("transforms: not an array");
    }
    List<Span> elements = Members.elements(transforms, new Span(0, transforms.length));
    for (Span element : elements) {
      boolean known =
          transforms[element.from()] == '"'
              && JsonText.decode(transforms, element).equals("middle-out");
      if (!known) {
        throw Problem.invalidRequest("transforms: only 'middle-out' is known");
      }
    }
    return Optional.of(!elements.isEmpty());
  }

  /// Tools that a gateway would have to run itself. The bytes are searched first: nearly no request
  /// has one.
  private static void serverTools(Members members) {
    if (members.kind("tools") != '[') {
      return;
    }
    Span tools = members.span("tools");
    if (!SERVER_TOOL.isIn(tools, members.bytes())) {
      return;
    }
    for (Span element : members.elements(tools)) {
      if (members.bytes()[element.from()] != '{') {
        continue;
      }
      String type = members.within(element).text("type").orElse("");
      if (type.startsWith("openrouter:")) {
        throw Problem.invalidRequest(
            "The server tool '%.64s' is not configured on this installation".formatted(type));
      }
    }
  }
}
