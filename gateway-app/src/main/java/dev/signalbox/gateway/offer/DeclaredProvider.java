package dev.signalbox.gateway.offer;

import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Quirk;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A provider as a catalog declares it: what callers see of it, and how its endpoints are reached.
///
/// @param markupPercent of its own, if it has one
/// @param baseUrl null where it hangs on a variable that is not set
/// @param apiKey null where it hangs on a variable that is not set; empty where none is needed
/// @param guarded its URL came over the API: its host may not lead to private networks
record DeclaredProvider(
    Provider provider,
    Optional<BigDecimal> markupPercent,
    Dialect dialect,
    @Nullable URI baseUrl,
    @Nullable String apiKey,
    boolean guarded,
    Map<String, String> headers,
    Set<String> quirks,
    Map<String, String> options,
    Duration connect,
    Duration firstByte,
    Duration idle) {
  private static final Pattern OPTION = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
  private static final Set<String> SECRET_HEADERS =
      Set.of("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie");

  static final String[] FIELDS = {
    "slug",
    "name",
    "dialect",
    "base_url",
    "api_key",
    "headers",
    "data_policy",
    "quirks",
    "options",
    "supports_abort",
    "timeouts",
    "markup",
    "privacy_policy_url",
    "terms_of_service_url",
    "status_page_url",
    "headquarters",
    "datacenters"
  };

  /// @param hosts for a URL that came over the API
  /// @param credential set over the API; null if there is none
  static DeclaredProvider of(
      String slug, Declared declared, HostRules hosts, @Nullable String credential) {
    Dialect dialect = dialect(declared, declared.required("dialect"));
    var provider =
        new Provider(
            slug,
            declared.text("name").orElse(slug),
            declared
                .child("data_policy")
                .map(DeclaredProvider::dataPolicy)
                .orElse(DataPolicy.UNKNOWN),
            declared.bool("supports_abort", true),
            declared.text("privacy_policy_url"),
            declared.text("terms_of_service_url"),
            declared.text("status_page_url"),
            declared.text("headquarters"),
            declared.texts("datacenters"));
    Optional<BigDecimal> markupPercent =
        declared.child("markup").map(markup -> markup.decimal("percent", BigDecimal.ZERO));
    Optional<Declared> timeouts = declared.child("timeouts");
    return new DeclaredProvider(
        provider,
        markupPercent,
        dialect,
        url(declared, dialect, hosts),
        credential == null ? apiKey(declared) : credential,
        declared.isLiteral("base_url"),
        headers(declared),
        quirks(declared),
        options(declared),
        timeout(timeouts, "connect_ms", 2_000),
        timeout(timeouts, "first_byte_ms", 60_000),
        timeout(timeouts, "idle_ms", 120_000));
  }

  private static Dialect dialect(Declared declared, String word) {
    Optional<Dialect> dialect = Dialect.ofKey(word);
    if (dialect.isEmpty()) {
      declared.fault("dialect", "%s (expected: one of the known dialects)".formatted(word));
    }
    return dialect.orElse(Dialect.OPENAI);
  }

  private static @Nullable URI url(Declared declared, Dialect dialect, HostRules hosts) {
    String text = declared.interpolated("base_url");
    if (text == null) {
      return null;
    }
    try {
      URI url = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      boolean usable =
          ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
              && url.getHost() != null
              && url.getRawUserInfo() == null
              && url.getRawQuery() == null
              && url.getRawFragment() == null;
      if (usable) {
        if (declared.isLiteral("base_url")) {
          hosts.objection(url).ifPresent(cause -> declared.fault("base_url", cause));
        }
        return dialect == Dialect.VERTEX ? VertexHosts.of(url) : url;
      }
    } catch (IllegalArgumentException _) {
      // Told below, without the text: it may hold what it should not.
    }
    declared.fault(
        "base_url",
        "not an http or https URL (expected: one with neither user, query nor fragment)");
    return null;
  }

  private static @Nullable String apiKey(Declared declared) {
    return declared.has("api_key") ? declared.interpolated("api_key") : "";
  }

  /// A credential has a place of its own, where it is sealed: not among headers.
  private static Map<String, String> headers(Declared declared) {
    declared
        .child("headers")
        .ifPresent(
            headers ->
                headers.names().stream()
                    .filter(headers::isLiteral)
                    .filter(name -> SECRET_HEADERS.contains(name.toLowerCase(Locale.ROOT)))
                    .forEach(name -> headers.fault(name, "a credential (expected: api_key)")));
    return declared.strings("headers");
  }

  private static Set<String> quirks(Declared declared) {
    Set<String> quirks = Set.copyOf(declared.texts("quirks"));
    for (String word : quirks) {
      if (Quirk.named(word).isEmpty()) {
        declared.fault("quirks", "%s (expected: one that docs/catalog.md lists)".formatted(word));
      }
    }
    return quirks;
  }

  /// Options become parts of URLs: over the API they hold nothing that could move the host.
  private static Map<String, String> options(Declared declared) {
    Map<String, String> options = declared.strings("options");
    declared
        .child("options")
        .ifPresent(
            child ->
                options.forEach(
                    (name, value) -> {
                      if (child.isLiteral(name) && !OPTION.matcher(value).matches()) {
                        child.fault(name, "letters, digits and .-_: expected");
                      }
                    }));
    return options;
  }

  private static Duration timeout(Optional<Declared> timeouts, String name, long preset) {
    return Duration.ofMillis(timeouts.map(t -> t.whole(name).orElse(preset)).orElse(preset));
  }

  /// Also of an endpoint that has a policy of its own.
  static DataPolicy dataPolicy(Declared declared) {
    declared.known("training", "retains_prompts", "retention_days", "zdr");
    OptionalLong days = declared.whole("retention_days");
    return new DataPolicy(
        declared.bool("training", true),
        declared.bool("retains_prompts", true),
        days.isPresent() ? OptionalInt.of((int) days.getAsLong()) : OptionalInt.empty(),
        declared.bool("zdr", false));
  }

  boolean isLive() {
    return baseUrl != null && apiKey != null;
  }

  /// Returns how one of its endpoints is reached; empty where its URL is not known.
  Optional<Upstream> upstream(Endpoint endpoint, Declared declared) {
    Dialect own = declared.text("dialect").map(word -> dialect(declared, word)).orElse(dialect);
    Set<String> all = quirksOf(declared);
    if (baseUrl == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Upstream(
            endpoint.id(),
            baseUrl,
            guarded,
            declared.text("upstream_model").orElse(endpoint.model().slug()),
            own,
            apiKey == null ? "" : apiKey,
            headers,
            all,
            options,
            connect,
            firstByte,
            idle));
  }

  /// An endpoint's quirks come on top of the provider's; a value of its own stands instead.
  private Set<String> quirksOf(Declared endpoint) {
    Set<String> own = quirks(endpoint);
    var all = new HashSet<>(own);
    for (String word : quirks) {
      int colon = word.indexOf(':');
      String key = word.substring(0, colon + 1);
      boolean many = key.equals(Quirk.WITHOUT.key());
      if (colon < 0 || many || own.stream().noneMatch(said -> said.startsWith(key))) {
        all.add(word);
      }
    }
    return all;
  }
}
