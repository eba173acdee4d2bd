package dev.signalbox.gateway.offer;

import dev.signalbox.billing.charge.Markups;
import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataRegion;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.offer.Overlay.Entry;
import dev.signalbox.gateway.offer.Overlay.Kind;
import dev.signalbox.pricing.Pricing;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes an offer of catalog files. Finds every fault before it gives up.
public final class CatalogLoader {
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

  private static final String[] ENDPOINT_FIELDS = {
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
    "markup"
  };

  private static final Architecture TEXT =
      new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty());

  private final Function<String, @Nullable String> environment;
  private final Overlay overlay;
  private final HostRules hosts;
  private final Laying laying;
  private final List<String> faults = new ArrayList<>();
  private final Map<String, DeclaredProvider> providers = new LinkedHashMap<>();
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
    findOrphans();
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
        new Catalog(
            revision,
            providers.values().stream().map(DeclaredProvider::provider).toList(),
            models,
            listed(markups),
            favourites),
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
  private void findOrphans() {
    overlay
        .of(Kind.ENDPOINT)
        .forEach(
            (id, entry) -> {
              if (!entry.removed()
                  && models.stream().noneMatch(model -> id.startsWith(model.slug() + "@"))
                  && !hasRemovedModel(id)) {
                faults.add("endpoint %s: no such model".formatted(id));
              }
            });
  }

  /// Whether an endpoint's model was removed: then the endpoint went with it.
  private boolean hasRemovedModel(String endpoint) {
    return overlay.of(Kind.MODEL).entrySet().stream()
        .anyMatch(e -> e.getValue().removed() && endpoint.startsWith(e.getKey() + "@"));
  }

  private List<Endpoint> listed(Markups markups) {
    return endpoints.stream()
        .map(e -> e.withListPricing(e.pricing().withMarkup(markups.percentFor(e))))
        .toList();
  }

  private void provider(Declared declared) {
    declared.known(DeclaredProvider.FIELDS);
    String slug = declared.required("slug");
    if (providers.containsKey(slug)) {
      declared.fault("slug", "%s is declared twice".formatted(slug));
      return;
    }
    var read = DeclaredProvider.of(slug, declared, hosts, overlay.credentials().get(slug));
    read.markupPercent().ifPresent(own -> byProvider.put(slug, own));
    providers.put(slug, read);
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
    declared.known(ENDPOINT_FIELDS);
    String provider = declared.required("provider");
    DeclaredProvider known = providers.get(provider);
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
    Pricing pricing = prices.map(DeclaredPricing::of).orElse(null);
    if (pricing == null) {
      declared.fault("pricing", "missing, or without prompt and completion prices");
      return;
    }
    var endpoint =
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
            declared
                .child("data_policy")
                .map(DeclaredProvider::dataPolicy)
                .orElse(known.provider().dataPolicy()),
            declared.bool("supports_implicit_caching", false),
            known.isLive(),
            dataRegion(declared));
    endpoints.add(endpoint);
    known
        .upstream(endpoint, declared)
        .ifPresent(upstream -> (known.isLive() ? upstreams : dormant).put(id, upstream));
  }
}
