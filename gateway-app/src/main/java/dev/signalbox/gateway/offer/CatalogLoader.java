package dev.signalbox.gateway.offer;

import dev.signalbox.billing.charge.Markups;
import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.DataRegion;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.offer.Overlay.Entry;
import dev.signalbox.gateway.offer.Overlay.Kind;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Makes an offer of catalog files. Finds every fault before it gives up.
public final class CatalogLoader {
  private static final Pattern OPTION = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
  private static final Set<String> SECRET_HEADERS =
      Set.of("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie");

  private final Function<String, @Nullable String> environment;
  private final Overlay overlay;
  private final HostRules hosts;
  private final Laying laying;
  private final List<String> faults = new ArrayList<>();
  private final Map<String, Known> providers = new HashMap<>();
  private final List<Provider> providerList = new ArrayList<>();
  private final List<Model> models = new ArrayList<>();
  private final Set<String> modelNames = new HashSet<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final Set<EndpointId> endpointIds = new HashSet<>();
  private final Map<EndpointId, Upstream> upstreams = new HashMap<>();
  private final Map<EndpointId, Upstream> dormant = new HashMap<>();
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
      boolean guarded,
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

  private CatalogLoader(
      Function<String, @Nullable String> environment, Overlay overlay, HostRules hosts) {
    this.environment = environment;
    this.overlay = overlay;
    this.hosts = hosts;
    this.laying = new Laying(overlay, faults);
  }

  /// @param environment the value of a variable, or null
  /// @throws InvalidCatalogException with everything that is wrong
  public static Offer load(
      List<Source> sources, Function<String, @Nullable String> environment, long revision) {
    return load(sources, Overlay.NONE, new HostRules(Set.of()), environment, revision);
  }

  /// @param overlay laid over what the files declare
  /// @param hosts for the URLs of the overlay
  /// @param environment the value of a variable, or null
  /// @throws InvalidCatalogException with everything that is wrong
  public static Offer load(
      List<Source> sources,
      Overlay overlay,
      HostRules hosts,
      Function<String, @Nullable String> environment,
      long revision) {
    return new CatalogLoader(environment, overlay, hosts).read(sources, revision);
  }

  private Offer read(List<Source> sources, long revision) {
    var roots = new ArrayList<Declared>();
    for (Source source : sources) {
      Object tree = CatalogText.parse(source.name(), source.text(), faults);
      Declared root = Declared.root(source.name(), tree, environment, faults);
      root.known("providers", "models", "markup", "routing", "auto");
      roots.add(root);
    }
    for (Declared root : roots) {
      root.child("markup").ifPresent(markup -> percent = markup.decimal("percent", percent));
    }
    Declared none = Declared.root("api", Map.of(), environment, faults);
    all(roots, Kind.PROVIDER, "providers", "slug", none).forEach(this::provider);
    all(roots, Kind.MODEL, "models", "id", none).forEach(this::model);
    ruleEndpointsOut();
    Favourites favourites = AutoTable.of(roots, models, overlay);
    if (!faults.isEmpty()) {
      throw new InvalidCatalogException(faults);
    }
    byProvider.putAll(overlay.markupsOf("provider"));
    byModel.putAll(overlay.markupsOf("model"));
    byEndpoint.putAll(overlay.markupsOf("endpoint"));
    var markups =
        new Markups(
            overlay.markupsOf("installation").getOrDefault("", percent),
            byProvider,
            byModel,
            byEndpoint,
            overlay.accountMarkups());
    return new Offer(
        new Catalog(revision, providerList, models, listed(markups), favourites),
        upstreams,
        dormant,
        markups);
  }

  private List<Declared> all(
      List<Declared> roots, Kind kind, String list, String name, Declared none) {
    List<Declared> declared = roots.stream().flatMap(root -> root.children(list).stream()).toList();
    return laying.over(
        kind,
        declared,
        one -> one.text(name).orElse(""),
        any -> true,
        (label, id, body) -> none.changed(label, with(body, name, id)));
  }

  private static Map<String, Object> with(Map<String, Object> body, String name, String value) {
    var copy = new LinkedHashMap<>(body);
    copy.put(name, new CatalogText.Scalar(value, Declared.LITERAL));
    return copy;
  }

  /// An endpoint that operators added needs a model.
  private void ruleEndpointsOut() {
    overlay
        .of(Kind.ENDPOINT)
        .forEach(
            (id, entry) -> {
              if (!entry.removed()
                  && models.stream().noneMatch(model -> id.startsWith(model.slug() + "@"))
                  && !isOf(id, Kind.MODEL)) {
                faults.add("endpoint %s: no such model".formatted(id));
              }
            });
  }

  /// Whether an endpoint's model was removed: then the endpoint went with it.
  private boolean isOf(String endpoint, Kind kind) {
    return overlay.of(kind).entrySet().stream()
        .anyMatch(e -> e.getValue().removed() && endpoint.startsWith(e.getKey() + "@"));
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
                    e.live(),
                    e.dataRegion()))
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
            url(declared, dialect),
            apiKey(slug, declared),
            declared.isLiteral("base_url"),
            headers(declared),
            quirks(declared),
            options(declared),
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

  private @Nullable String apiKey(String slug, Declared declared) {
    String given = overlay.credentials().get(slug);
    if (given != null) {
      return given;
    }
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

  private @Nullable URI url(Declared declared, Dialect dialect) {
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
        if (declared.isLiteral("base_url")) {
          hosts.objection(url).ifPresent(cause -> declared.fault("base_url", cause));
        }
        return dialect == Dialect.VERTEX ? VertexHosts.of(url) : url;
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
    laying
        .over(
            Kind.ENDPOINT,
            declared.children("endpoints"),
            endpoint ->
                id + "@" + endpoint.text("tag").or(() -> endpoint.text("provider")).orElse(""),
            name -> name.startsWith(id + "@"),
            (label, name, body) -> declared.changed(label, tagged(name, body)))
        .forEach(endpoint -> endpoint(model, endpoint));
  }

  /// An endpoint's name tells its tag, and its provider if nothing else does.
  private static Map<String, Object> tagged(String name, Map<String, Object> body) {
    String tag = name.substring(name.indexOf('@') + 1);
    int slash = tag.indexOf('/');
    Map<String, Object> tagged = with(body, "tag", tag);
    return body.containsKey("provider")
        ? tagged
        : with(tagged, "provider", slash < 0 ? tag : tag.substring(0, slash));
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

  private static Optional<DataRegion> dataRegion(Declared declared) {
    Optional<String> word = declared.text("data_region");
    Optional<DataRegion> region = word.flatMap(DataRegion::ofWord);
    if (word.isPresent() && region.isEmpty()) {
      declared.fault("data_region", word.get() + " (expected: eu or us)");
    }
    return region;
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
        "data_region",
        "supports_implicit_caching",
        "dialect",
        "quirks",
        "markup");
    String provider = declared.required("provider");
    Known known = providers.get(provider);
    if (known == null) {
      // One that operators removed takes its endpoints along.
      Entry entry = overlay.of(Kind.PROVIDER).get(provider);
      if (entry == null || !entry.removed()) {
        declared.fault("provider", "no such provider");
      }
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
    String negotiated = overlay.prices().get(id.value());
    Optional<Declared> prices =
        negotiated == null
            ? declared.child("pricing")
            : Optional.of(
                declared.changed("price of " + id, laying.literal(negotiated, "price of " + id)));
    Pricing pricing = prices.map(this::pricing).orElse(null);
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
            known.isLive(),
            dataRegion(declared)));
    Dialect dialect =
        declared.text("dialect").map(word -> dialect(declared, word)).orElse(known.dialect());
    Set<String> quirks = quirks(known.quirks(), declared);
    URI baseUrl = known.baseUrl();
    String apiKey = known.apiKey();
    if (baseUrl != null) {
      (known.isLive() ? upstreams : dormant)
          .put(
              id,
              new Upstream(
                  id,
                  baseUrl,
                  known.guarded(),
                  declared.text("upstream_model").orElse(model.slug()),
                  dialect,
                  apiKey == null ? "" : apiKey,
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
    Map<Item, BigDecimal> prices =
        prices(declared, Set.of("discount", "overrides", "service_tiers"));
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
    return new Pricing(prices, discount, overrides, tiers(declared));
  }

  private static Map<String, BigDecimal> tiers(Declared declared) {
    var tiers = new HashMap<String, BigDecimal>();
    declared
        .child("service_tiers")
        .ifPresent(
            child -> {
              for (String tier : child.names()) {
                BigDecimal factor = child.decimal(tier, BigDecimal.ONE);
                if (factor.signum() < 0) {
                  child.fault(tier, factor.toPlainString() + " (expected: >= 0)");
                } else {
                  tiers.put(tier, factor);
                }
              }
            });
    return tiers;
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
