package dev.signalbox.gateway.dialect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The quirks of one provider: its dialect's, and those that its catalog declares.
public final class Quirks {
  private static final Map<Dialect, Set<String>> OF_DIALECTS =
      Map.of(
          Dialect.MISTRAL,
          Set.of(
              "no_stream_options",
              "max_tokens",
              "no_developer_role",
              "no_names",
              "short_tool_ids",
              "tool_choice_any",
              "no_cache_marks",
              "prefill_prefix",
              "random_seed",
              "no_user",
              "thoughts:none"),
          Dialect.SANDBOX,
          Set.of("reasoning:object"));

  private static final int MAX_KNOWN = 10_000;
  private static final Map<Dialect, Map<Set<String>, Quirks>> KNOWN = new ConcurrentHashMap<>();

  private final Set<String> words;

  private Quirks(Set<String> words) {
    this.words = words;
  }

  public static Quirks of(Target target) {
    return of(target.dialect(), target.quirks());
  }

  /// A declared value of a quirk stands instead of the dialect's own.
  static Quirks of(Dialect dialect, Set<String> declared) {
    var known = KNOWN.computeIfAbsent(dialect, _ -> new ConcurrentHashMap<>());
    Quirks quirks = known.get(declared);
    if (quirks == null) {
      if (known.size() > MAX_KNOWN) {
        known.clear();
      }
      quirks = new Quirks(joined(OF_DIALECTS.getOrDefault(dialect, Set.of()), declared));
      known.put(declared, quirks);
    }
    return quirks;
  }

  private static Set<String> joined(Set<String> own, Set<String> declared) {
    var all = new HashSet<>(declared);
    for (String word : own) {
      int colon = word.indexOf(':');
      String key = word.substring(0, colon + 1);
      if (colon < 0 || declared.stream().noneMatch(said -> said.startsWith(key))) {
        all.add(word);
      }
    }
    return Set.copyOf(all);
  }

  public boolean isEmpty() {
    return words.isEmpty();
  }

  public boolean has(Quirk quirk) {
    return words.contains(quirk.key());
  }

  public Optional<String> value(Quirk quirk) {
    for (String word : words) {
      if (word.startsWith(quirk.key())) {
        return Optional.of(word.substring(quirk.key().length()));
      }
    }
    return Optional.empty();
  }

  /// Returns all values of a quirk that may be named more than once.
  public List<String> values(Quirk quirk) {
    var values = new ArrayList<String>();
    for (String word : words) {
      if (word.startsWith(quirk.key())) {
        values.add(word.substring(quirk.key().length()));
      }
    }
    return values;
  }
}
