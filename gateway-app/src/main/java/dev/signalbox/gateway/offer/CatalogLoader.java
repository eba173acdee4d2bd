package dev.signalbox.gateway.offer;

import dev.signalbox.billing.charge.Markups;
import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.pricing.PriceOverride;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes an offer of catalog files. Finds every fault before it gives up.
public final class CatalogLoader {
  private final Function<String, @Nullable String> environment;
  private final List<String> faults = new ArrayList<>();
  private final Map<String, Known> providers = new HashMap<>();
  private final List<Provider> providerList = new ArrayList<>();
  private final List<Model> models = new ArrayList<>();
  private final Set<String> modelNames = new HashSet<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final Set<EndpointId> endpointIds = new HashSet<>();
  private final Map<EndpointId, Upstream> upstreams = new HashMap<>();
  private final Map<String, BigDecimal> byProvider = new HashMap<>();
  private final Map<String, BigDecimal> byModel = new HashMap<>();
  private final Map<String, BigDecimal> byEndpoint = new HashMap<>();
  private BigDecimal percent = BigDecimal.ZERO;

  /// One file.
  ///
  /// @param name for messages
  public record Source(String name, String text) {}

  /// A provider as declared.
  ///
  /// @param baseUrl null where it hangs on a variable that is not set
  /// @param apiKey null where it hangs on a variable that is not set; empty where none is needed
  private record Known(
      Provider provider,
      Dialect dialect,
      @Nullable URI baseUrl,
      @Nullable String apiKey,
      Map<String, String> headers,
      Set<String> quirks,
      Map<String, String> options,
      Duration connect,
      Duration firstByte,
      Duration idle) {
    boolean isLive() {
      return baseUrl != null && apiKey != null;
    }
  }

  private CatalogLoader(Function<String, @Nullable String> environment) {
    this.environment = environment;
  }

  /// @param environment the value of a variable, or null
  /// @throws InvalidCatalogException with everything that is wrong
  public static Offer load(
      List<Source> sources, Function<String, @Nullable String> environment, long revision) {
    return new CatalogLoader(environment).read(sources, revision);
  }

  private Offer read(List<Source> sources, long revision) {
    var roots = new ArrayList<Declared>();
    for (Source source : sources) {
      Object tree = CatalogText.parse(source.name(), source.text(), faults);
      Declared root = Declared.root(source.name(), tree, environment, faults);
      root.known("providers", "models", "markup", "routing");
      roots.add(root);
    }
    for (Declared root : roots) {
      root.child("markup").ifPresent(markup -> percent = markup.decimal("percent", percent));
      root.children("providers").forEach(this::provider);
    }
    roots.forEach(root -> root.children("models").forEach(this::model));
    if (!faults.isEmpty()) {
      throw new InvalidCatalogException(faults);
    }
    var markups = new Markups(percent, byProvider, byModel, byEndpoint, Map.of());
    return new Offer(
        new Catalog(revision, providerList, models, listed(markups)), upstreams, markups);
  }

  private List<Endpoint> listed(Markups markups) {
    return endpoints.stream()
        .map(
            e ->
                new Endpoint(
                    e.id(),
                    e.model(),
                    e.provider(),
                    e.tag(),
                    e.serviceTier(),
                    e.pricing(),
                    e.pricing().withMarkup(markups.percentFor(e)),
                    e.contextLength(),
                    e.maxCompletionTokens(),
                    e.maxPromptTokens(),
                    e.quantization(),
                    e.supportedParameters(),
                    e.dataPolicy(),
                    e.implicitCaching(),
                    e.live()))
        .toList();
  }

  private void provider(Declared declared) {
    declared.known(
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
        "datacenters");
    String slug = declared.required("slug");
    if (providers.containsKey(slug)) {
      declared.fault("slug", "%s is declared twice".formatted(slug));
      return;
    }
    Dialect dialect = dialect(declared, declared.required("dialect"));
    var provider =
        new Provider(
            slug,
            declared.text("name").orElse(slug),
            declared.child("data_policy").map(this::policy).orElse(DataPolicy.UNKNOWN),
            declared.bool("supports_abort", true),
            declared.text("privacy_policy_url"),
            declared.text("terms_of_service_url"),
            declared.text("status_page_url"),
            declared.text("headquarters"),
            declared.texts("datacenters"));
    declared
        .child("markup")
        .ifPresent(markup -> byProvider.put(slug, markup.decimal("percent", BigDecimal.ZERO)));
    Optional<Declared> timeouts = declared.child("timeouts");
    providerList.add(provider);
    providers.put(
        slug,
        new Known(
            provider,
            dialect,
            url(declared),
            declared.has("api_key") ? declared.interpolated("api_key") : "",
            declared.strings("headers"),
            quirks(declared),
            declared.strings("options"),
            timeout(timeouts, "connect_ms", 2_000),
            timeout(timeouts, "first_byte_ms", 60_000),
            timeout(timeouts, "idle_ms", 120_000)));
  }

  private static Dialect dialect(Declared declared, String word) {
    Optional<Dialect> dialect = Dialect.ofKey(word);
    if (dialect.isEmpty()) {
      declared.fault("dialect", "%s (expected: one of the known dialects)".formatted(word));
    }
    return dialect.orElse(Dialect.OPENAI);
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

  private static Duration timeout(Optional<Declared> timeouts, String name, long preset) {
    return Duration.ofMillis(timeouts.map(t -> t.whole(name).orElse(preset)).orElse(preset));
  }

  private static @Nullable URI url(Declared declared) {
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
              && url.getRawFragment() == null;
      if (usable) {
        return url;
      }
    } catch (IllegalArgumentException _) {
      // Told below, without the text: it may hold what it should not.
    }
    declared.fault("base_url", "not an http or https URL");
    return null;
  }

  private DataPolicy policy(Declared declared) {
    declared.known("training", "retains_prompts", "retention_days", "zdr");
    OptionalLong days = declared.whole("retention_days");
    return new DataPolicy(
        declared.bool("training", true),
        declared.bool("retains_prompts", true),
        days.isPresent() ? OptionalInt.of((int) days.getAsLong()) : OptionalInt.empty(),
        declared.bool("zdr", false));
  }

  private void model(Declared declared) {
    String id = declared.required("id");
    if (id.isEmpty()) {
      return;
    }
    if (id.indexOf('/') <= 0) {
      declared.fault("id", "%s (expected: author/name)".formatted(id));
      return;
    }
    List<String> aliases = declared.texts("aliases");
    for (String name : aliases.isEmpty() ? List.of(id) : concat(id, aliases)) {
      if (!modelNames.add(name)) {
        declared.fault("id", "%s is declared twice".formatted(name));
      }
    }
    var model =
        new Model(
            id,
            declared.text("canonical_slug").orElse(id),
            declared.text("name").orElse(id),
            declared.whole("created").orElse(0),
            declared.text("description"),
            declared.whole("context_length").orElse(8192),
            declared.child("architecture").map(this::architecture).orElse(TEXT),
            aliases,
            declared.bool("distillable", false),
            declared.rest(MODEL_FIELDS));
    models.add(model);
    declared
        .child("markup")
        .ifPresent(markup -> byModel.put(id, markup.decimal("percent", BigDecimal.ZERO)));
    declared.children("endpoints").forEach(endpoint -> endpoint(model, endpoint));
  }

  private static final Set<String> MODEL_FIELDS =
      Set.of(
          "id",
          "canonical_slug",
          "name",
          "created",
          "description",
          "context_length",
          "architecture",
          "aliases",
          "distillable",
          "markup",
          "endpoints");

  private static final Architecture TEXT =
      new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty());

  private static List<String> concat(String first, List<String> others) {
    var all = new ArrayList<String>();
    all.add(first);
    all.addAll(others);
    return all;
  }

  private Architecture architecture(Declared declared) {
    declared.known(
        "input_modalities", "output_modalities", "tokenizer", "instruct_type", "modality");
    List<String> in = declared.texts("input_modalities");
    List<String> out = declared.texts("output_modalities");
    return new Architecture(
        in.isEmpty() ? Set.of("text") : new HashSet<>(in),
        out.isEmpty() ? Set.of("text") : new HashSet<>(out),
        declared.text("tokenizer").orElse("Other"),
        declared.text("instruct_type"));
  }

  private void endpoint(Model model, Declared declared) {
    declared.known(
        "provider",
        "tag",
        "upstream_model",
        "pricing",
        "context_length",
        "max_completion_tokens",
        "max_prompt_tokens",
        "quantization",
        "supported_parameters",
        "data_policy",
        "supports_implicit_caching",
        "dialect",
        "quirks",
        "markup");
    Known known = providers.get(declared.required("provider"));
    if (known == null) {
      declared.fault("provider", "no such provider");
      return;
    }
    String tag = declared.text("tag").orElse(known.provider().slug());
    EndpointId id = EndpointId.of(model.slug(), tag);
    if (!endpointIds.add(id)) {
      declared.fault("tag", "%s is declared twice".formatted(id));
      return;
    }
    declared
        .child("markup")
        .ifPresent(
            markup -> byEndpoint.put(id.value(), markup.decimal("percent", BigDecimal.ZERO)));
    Pricing pricing = declared.child("pricing").map(this::pricing).orElse(null);
    if (pricing == null) {
      declared.fault("pricing", "missing, or without prompt and completion prices");
      return;
    }
    endpoints.add(
        new Endpoint(
            id,
            model,
            known.provider(),
            tag,
            tag.endsWith("/priority") ? "priority" : tag.endsWith("/flex") ? "flex" : "default",
            pricing,
            pricing,
            declared.whole("context_length").orElse(model.contextLength()),
            declared.whole("max_completion_tokens"),
            declared.whole("max_prompt_tokens"),
            declared.text("quantization").orElse("unknown"),
            new HashSet<>(declared.texts("supported_parameters")),
            declared.child("data_policy").map(this::policy).orElse(known.provider().dataPolicy()),
            declared.bool("supports_implicit_caching", false),
            known.isLive()));
    Dialect dialect =
        declared.text("dialect").map(word -> dialect(declared, word)).orElse(known.dialect());
    Set<String> quirks = quirks(known.quirks(), declared);
    URI baseUrl = known.baseUrl();
    String apiKey = known.apiKey();
    if (known.isLive() && baseUrl != null && apiKey != null) {
      upstreams.put(
          id,
          new Upstream(
              id,
              baseUrl,
              declared.text("upstream_model").orElse(model.slug()),
              dialect,
              apiKey,
              known.headers(),
              quirks,
              known.options(),
              known.connect(),
              known.firstByte(),
              known.idle()));
    }
  }

  /// An endpoint's quirks come on top of its provider's; a value of its own stands instead.
  private static Set<String> quirks(Set<String> providers, Declared declared) {
    Set<String> own = quirks(declared);
    var all = new HashSet<>(own);
    for (String word : providers) {
      int colon = word.indexOf(':');
      String key = word.substring(0, colon + 1);
      boolean many = key.equals(Quirk.WITHOUT.key());
      if (colon < 0 || many || own.stream().noneMatch(said -> said.startsWith(key))) {
        all.add(word);
      }
    }
    return all;
  }

  private @Nullable Pricing pricing(Declared declared) {
    Map<Item, BigDecimal> prices = prices(declared, Set.of("discount", "overrides"));
    var overrides = new ArrayList<PriceOverride>();
    for (Declared override : declared.children("overrides")) {
      OptionalLong start = override.whole("utc_start");
      OptionalLong end = override.whole("utc_end");
      overrides.add(
          new PriceOverride(
              override.whole("min_prompt_tokens"),
              start.isPresent() ? OptionalInt.of((int) start.getAsLong()) : OptionalInt.empty(),
              end.isPresent() ? OptionalInt.of((int) end.getAsLong()) : OptionalInt.empty(),
              prices(override, Set.of("min_prompt_tokens", "utc_start", "utc_end"))));
    }
    if (!prices.containsKey(Item.PROMPT) || !prices.containsKey(Item.COMPLETION)) {
      return null;
    }
    BigDecimal discount = declared.decimal("discount", BigDecimal.ZERO);
    if (discount.compareTo(BigDecimal.ONE) > 0) {
      declared.fault("discount", discount.toPlainString() + " (expected: <= 1)");
      discount = BigDecimal.ZERO;
    }
    return new Pricing(prices, discount, overrides);
  }

  private static Map<Item, BigDecimal> prices(Declared declared, Set<String> others) {
    var prices = new EnumMap<Item, BigDecimal>(Item.class);
    for (String key : declared.names()) {
      Optional<Item> item = Item.ofKey(key);
      if (item.isPresent()) {
        BigDecimal price = declared.decimal(key, BigDecimal.ZERO);
        if (price.signum() < 0) {
          declared.fault(key, price.toPlainString() + " (expected: >= 0)");
        } else {
          prices.put(item.get(), price);
        }
      } else if (!others.contains(key)) {
        declared.fault(key, "unknown");
      }
    }
    return prices;
  }
}
