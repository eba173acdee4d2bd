package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A request with its preset's settings in it: the request's own members win, `tools` are united,
/// and the rest of the body stays the bytes that it was.
final class PresetMerge {
  private static final Set<String> NOT_SENT = Set.of(Preset.CACHE_ENABLED, Preset.CACHE_TTL);

  /// Two names of one limit: a request that has either has its own.
  private static final List<String> LIMITS = List.of("max_tokens", "max_completion_tokens");

  private final Surface surface;
  private final Members request;
  private final Preset preset;
  private final Members config;
  private final JsonSplice splice;

  private PresetMerge(Surface surface, Members request, Preset preset) {
    this.surface = surface;
    this.request = request;
    this.preset = preset;
    this.config = preset.config(surface);
    this.splice = JsonSplice.of(request);
  }

  static byte[] of(Surface surface, Members request, PresetReference reference, Preset preset) {
    return new PresetMerge(surface, request, preset).merged(reference);
  }

  private byte[] merged(PresetReference reference) {
    splice.remove("preset");
    if (reference.inModel()) {
      reference
          .model()
          .ifPresentOrElse(
              model -> splice.set("model", JsonText.quote(model)), () -> splice.remove("model"));
    }
    boolean ownModel = reference.model().isPresent();
    for (int i = 0; i < config.count(); i++) {
      String name = config.name(i);
      if (NOT_SENT.contains(name)) {
        continue;
      }
      if (name.equals("model")) {
        if (!ownModel) {
          splice.set("model", text(config, config.span(i)));
        }
      } else if (name.equals("tools") && request.kind("tools") == '[') {
        splice.set("tools", tools(config.span(i)));
      } else if (!has(name)) {
        splice.set(name, text(config, config.span(i)));
      }
    }
    preset.systemPrompt().ifPresent(this::instruct);
    return splice.bytes();
  }

  /// A null is something said, too.
  private boolean has(String name) {
    return LIMITS.contains(name) ? LIMITS.stream().anyMatch(request::names) : request.names(name);
  }

  /// The preset's tools in their order, each replaced by the request's of the same identity, then
  /// those that only the request has.
  private String tools(Span presets) {
    var united = new LinkedHashMap<String, String>();
    collect(config, presets, united);
    collect(request, request.span("tools"), united);
    return "[" + String.join(",", united.values()) + "]";
  }

  private static void collect(Members members, Span array, LinkedHashMap<String, String> into) {
    for (Span tool : members.elements(array)) {
      into.put(identity(members.bytes(), tool), text(members, tool));
    }
  }

  /// A function is known by its name, another tool by its type, agents by type and name.
  private static String identity(byte[] bytes, Span span) {
    if (bytes[span.from()] != '{') {
      return new String(bytes, span.from(), span.length(), StandardCharsets.UTF_8);
    }
    Members tool = Members.within(bytes, span);
    String type = tool.text("type").orElse("function");
    Optional<String> name =
        tool.kind("function") == '{'
            ? Members.within(bytes, tool.span("function")).text("name")
            : tool.text("name");
    boolean named =
        type.equals("function") || type.endsWith("advisor") || type.endsWith("subagent");
    return named ? type + ":" + name.orElse("") : type;
  }

  /// Puts the preset's system prompt in, unless the request has instructions of its own.
  private void instruct(String prompt) {
    switch (surface) {
      case CHAT_COMPLETIONS -> instructMessages(prompt);
      case MESSAGES -> instruct("system", prompt);
      case RESPONSES -> instruct("instructions", prompt);
      case COMPLETIONS, EMBEDDINGS -> {}
    }
  }

  private void instruct(String name, String prompt) {
    if (!request.has(name)) {
      splice.set(name, JsonText.quote(prompt));
    }
  }

  private void instructMessages(String prompt) {
    Span messages = request.value("messages");
    if (messages == null || request.kind("messages") != '[') {
      return;
    }
    byte[] bytes = request.bytes();
    var all = new ArrayList<String>();
    all.add("{\"role\":\"system\",\"content\":" + JsonText.quote(prompt) + "}");
    for (Span message : Members.elements(bytes, messages)) {
      if (bytes[message.from()] == '{') {
        String role = Members.within(bytes, message).text("role").orElse("");
        if (role.equals("system") || role.equals("developer")) {
          return;
        }
      }
      all.add(text(request, message));
    }
    splice.set("messages", "[" + String.join(",", all) + "]");
  }

  private static String text(Members members, Span span) {
    return new String(members.bytes(), span.from(), span.length(), StandardCharsets.UTF_8);
  }
}
