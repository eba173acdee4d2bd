package dev.signalbox.gateway.dialect;

import java.util.Optional;

/// A named way in which a provider departs from its dialect. `docs/catalog.md` tells of each.
///
/// What an endpoint merely lacks needs none: it is absent from its `supported_parameters`.
public enum Quirk {
  NO_STREAM_OPTIONS("no_stream_options"),
  MAX_COMPLETION_TOKENS("max_completion_tokens"),
  MAX_TOKENS("max_tokens"),
  NO_DEVELOPER_ROLE("no_developer_role"),
  LEADING_SYSTEM_ONLY("leading_system_only"),
  ALTERNATING_ROLES("alternating_roles"),
  NO_NAMES("no_names"),
  STRING_CONTENT("string_content"),
  SHORT_TOOL_IDS("short_tool_ids"),
  TOOL_CHOICE_ANY("tool_choice_any"),
  TOOL_CHOICE_AUTO("tool_choice_auto"),
  NO_PARALLEL_TOOL_CALLS("no_parallel_tool_calls"),
  NO_JSON_SCHEMA("no_json_schema"),
  NO_CACHE_MARKS("no_cache_marks"),
  PREFILL_PREFIX("prefill_prefix"),
  RANDOM_SEED("random_seed"),
  NO_USER("no_user"),
  /// There are chats only.
  NO_COMPLETIONS("no_completions"),
  /// How a wish to reason is said.
  REASONING("reasoning:", "effort|object|thinking|enable_thinking|chat_template|none"),
  /// Which efforts there are, weakest first.
  EFFORTS("efforts:", "(none|minimal|low|medium|high|xhigh|max)(,[a-z]+)*"),
  /// How thoughts of earlier turns are sent again.
  THOUGHTS("thoughts:", "reasoning_content|reasoning|none"),
  /// How a thinking model of Anthropic's or Google's is told how much to think.
  THINKING("thinking:", "adaptive|always|budget|level"),
  API_VERSION("api_version:", "[\\w.-]+"),
  /// A field that must not be sent.
  WITHOUT("without:", "\\w+");

  public static final String THINKS_ALWAYS = "always";

  private final String key;
  private final String values;

  Quirk(String key) {
    this(key, "");
  }

  Quirk(String key, String values) {
    this.key = key;
    this.values = values;
  }

  /// The name in catalogs; one that ends in a colon is followed by a value.
  public String key() {
    return key;
  }

  /// Returns the quirk that a catalog's word names, if its value is one.
  public static Optional<Quirk> named(String word) {
    for (Quirk quirk : values()) {
      boolean is =
          quirk.values.isEmpty()
              ? word.equals(quirk.key)
              : word.startsWith(quirk.key)
                  && word.substring(quirk.key.length()).matches(quirk.values);
      if (is) {
        return Optional.of(quirk);
      }
    }
    return Optional.empty();
  }
}
