package dev.signalbox.catalog;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What the parameters that an endpoint lists stand for. Catalogs name capabilities loosely:
/// whoever lists one word of a family knows the family, and all know a cap on the answer, by one
/// name or the other. Of formats, who keeps to a schema writes JSON, and not the other way round.
public final class Parameters {
  private static final String JSON = "response_format";
  private static final Set<String> CAPS = Set.of("max_tokens", "max_completion_tokens");

  private static final List<Set<String>> FAMILIES =
      List.of(
          Set.of("reasoning", "reasoning_effort", "include_reasoning"),
          Set.of("tools", "tool_choice", "parallel_tool_calls"),
          Set.of("logprobs", "top_logprobs"));

  private Parameters() {}

  /// Returns all that is supported by who lists these.
  static Set<String> meantBy(Set<String> listed) {
    var words = new HashSet<>(CAPS);
    words.add(JSON);
    FAMILIES.forEach(words::addAll);
    words.removeIf(word -> !isMeantBy(word, listed));
    words.addAll(listed);
    return words;
  }

  /// Returns whether a parameter is supported by who lists these, though it may not be listed.
  public static boolean isMeantBy(String parameter, Set<String> listed) {
    if (CAPS.contains(parameter)) {
      return true;
    }
    if (parameter.equals(JSON) && listed.contains("structured_outputs")) {
      return true;
    }
    for (Set<String> family : FAMILIES) {
      if (family.contains(parameter)) {
        return family.stream().anyMatch(listed::contains);
      }
    }
    return false;
  }
}
