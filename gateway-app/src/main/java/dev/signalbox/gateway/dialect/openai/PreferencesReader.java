package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.catalog.DataRegion;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the `provider` object, in either spelling; snake_case wins.
public final class PreferencesReader {
  private final Members members;
  private final byte[] bytes;
  private final Optional<String> route;

  /// Reads an object that stands by itself: a key's defaults.
  ///
  /// @throws Problem 400, naming the field at fault
  public static Preferences read(byte[] json) {
    try {
      return new PreferencesReader(Members.scan(json), Optional.empty()).read();
    } catch (MalformedJsonException malformed) {
      throw Problem.invalidRequest("The body is not a JSON object: " + malformed.getMessage());
    }
  }

  /// @param route the request's deprecated `route`
  PreferencesReader(Members members, Optional<String> route) {
    this.members = members;
    this.bytes = members.bytes();
    this.route = route;
  }

  Preferences read() {
    String sort = name("sort", "sort");
    Optional<SortKey> sortKey = Optional.empty();
    Optional<Partition> partition = route.filter("sort"::equals).map(_ -> Partition.NONE);
    if (members.kind(sort) == '"') {
      sortKey = members.text(sort).map(PreferencesReader::sortKey);
    } else if (members.kind(sort) == '{') {
      Members inside = Members.within(bytes, members.span(sort));
      sortKey = text(inside, "by").map(PreferencesReader::sortKey);
      partition =
          text(inside, "partition")
              .map(PreferencesReader::partition)
              .or(() -> route.map(_ -> Partition.MODEL));
    } else if (members.has(sort)) {
      throw wrong(sort, "a string or an object");
    }
    return new Preferences(
        strings("order", "order").orElse(List.of()),
        strings("only", "only").map(HashSet::new),
        strings("ignore", "ignore").<Set<String>>map(HashSet::new).orElse(Set.of()),
        bool("allow_fallbacks", "allowFallbacks"),
        bool("require_parameters", "requireParameters").orElse(false),
        denies(),
        bool("zdr", "zdr").orElse(false),
        bool("enforce_distillable_text", "enforceDistillableText").orElse(false),
        strings("quantizations", "quantizations").<Set<String>>map(HashSet::new).orElse(Set.of()),
        sortKey,
        partition,
        maxPrice(),
        cutoffs("preferred_min_throughput", "preferredMinThroughput"),
        cutoffs("preferred_max_latency", "preferredMaxLatency"),
        dataRegion());
  }

  /// `global` says nothing.
  private Optional<DataRegion> dataRegion() {
    String name = name("data_region", "dataRegion");
    if (!members.has(name)) {
      return Optional.empty();
    }
    String word = members.text(name).orElse("");
    Optional<DataRegion> region = DataRegion.ofWord(word);
    if (region.isEmpty() && !word.equalsIgnoreCase("global")) {
      throw wrong(name, "one of eu, us, global");
    }
    return region;
  }

  private String name(String snake, String camel) {
    return members.has(snake) ? snake : camel;
  }

  private static Optional<String> text(Members sort, String name) {
    if (sort.has(name) && sort.kind(name) != '"') {
      throw wrong("sort." + name, "a string");
    }
    return sort.text(name);
  }

  private static Problem wrong(String name, String expected) {
    return Problem.invalidRequest("provider.%s: not %s".formatted(name, expected));
  }

  private static SortKey sortKey(String word) {
    return switch (word) {
      case "price" -> SortKey.PRICE;
      case "throughput" -> SortKey.THROUGHPUT;
      case "latency" -> SortKey.LATENCY;
      case "exacto" -> SortKey.EXACTO;
      default -> throw wrong("sort", "one of price, throughput, latency, exacto");
    };
  }

  private static Partition partition(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "none" -> Partition.NONE;
      case "model" -> Partition.MODEL;
      default -> throw wrong("sort.partition", "one of model, none");
    };
  }

  private boolean denies() {
    String name = name("data_collection", "dataCollection");
    if (!members.has(name)) {
      return false;
    }
    return switch (members.text(name).orElse("")) {
      case "deny" -> true;
      case "allow" -> false;
      default -> throw wrong(name, "allow or deny");
    };
  }

  private Optional<Boolean> bool(String snake, String camel) {
    String name = name(snake, camel);
    return switch (members.kind(name)) {
      case 't' -> Optional.of(true);
      case 'f' -> Optional.of(false);
      case 0 -> Optional.empty();
      default -> throw wrong(name, "true or false");
    };
  }

  private Optional<List<String>> strings(String snake, String camel) {
    String name = name(snake, camel);
    if (!members.has(name)) {
      return Optional.empty();
    }
    if (members.kind(name) != '[') {
      throw wrong(name, "an array of strings");
    }
    var strings = new ArrayList<String>();
    for (Span element : Members.elements(bytes, members.span(name))) {
      if (bytes[element.from()] != '"') {
        throw wrong(name, "an array of strings");
      }
      strings.add(JsonText.decode(bytes, element));
    }
    return Optional.of(strings);
  }

  private Map<String, BigDecimal> maxPrice() {
    String name = name("max_price", "maxPrice");
    if (!members.has(name)) {
      return Map.of();
    }
    if (members.kind(name) != '{') {
      throw wrong(name, "an object");
    }
    Members inside = Members.within(bytes, members.span(name));
    var caps = new HashMap<String, BigDecimal>();
    for (int i = 0; i < inside.count(); i++) {
      String key = inside.name(i);
      if (inside.has(key)) {
        caps.put(key, decimal(inside, key, name));
      }
    }
    return caps;
  }

  /// Numbers and numbers in strings are both in use.
  private static BigDecimal decimal(Members inside, String key, String name) {
    Optional<BigDecimal> number = inside.number(key);
    if (number.isPresent()) {
      return number.get();
    }
    try {
      return new BigDecimal(inside.text(key).filter(text -> text.length() < 40).orElse(""));
    } catch (NumberFormatException _) {
      throw wrong(name + "." + key, "a number");
    }
  }

  private Map<String, Double> cutoffs(String snake, String camel) {
    String name = name(snake, camel);
    if (!members.has(name)) {
      return Map.of();
    }
    Optional<BigDecimal> median = members.number(name);
    if (median.isPresent()) {
      return Map.of("p50", median.get().doubleValue());
    }
    if (members.kind(name) != '{') {
      throw wrong(name, "a number or an object");
    }
    Members inside = Members.within(bytes, members.span(name));
    var cutoffs = new HashMap<String, Double>();
    for (String key : List.of("p50", "p75", "p90", "p99")) {
      if (inside.has(key)) {
        cutoffs.put(key, decimal(inside, key, name).doubleValue());
      }
    }
    return cutoffs;
  }
}
