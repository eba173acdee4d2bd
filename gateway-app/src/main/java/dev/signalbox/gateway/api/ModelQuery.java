package dev.signalbox.gateway.api;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataRegion;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/// The filters and the order of `GET /models`.
final class ModelQuery {
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
  private static final Set<String> MODALITIES =
      Set.of("text", "image", "audio", "video", "file", "embeddings", "all");

  private static final Set<String> CATEGORIES =
      Set.of(
          "programming",
          "roleplay",
          "marketing",
          "marketing/seo",
          "technology",
          "science",
          "translation",
          "legal",
          "finance",
          "health",
          "trivia",
          "academia");
  private static final List<String> MEASURES =
      List.of("intelligence_index", "coding_index", "agentic_index", "tool_success_rate");
  private static final long SECONDS_PER_DAY = 86_400;

  private final MultiValueMap<String, String> query;
  private final VitalsSnapshot vitals;
  private final long nowSeconds;

  ModelQuery(MultiValueMap<String, String> query, VitalsSnapshot vitals, long nowSeconds) {
    this.query = query;
    this.vitals = vitals;
    this.nowSeconds = nowSeconds;
  }

  /// Returns the models that can be called and fit.
  List<Model> select(Catalog catalog) {
    Set<String> out = modalities("output_modalities");
    Set<String> in = modalities("input_modalities");
    Set<String> parameters = words("supported_parameters");
    Set<String> authors = words("model_authors");
    Set<String> providers = words("providers");
    String text = value("q") == null ? "" : String.valueOf(value("q")).toLowerCase(Locale.ROOT);
    BigDecimal context = number("context");
    BigDecimal least = number("min_price");
    BigDecimal most = number("max_price");
    BigDecimal leastOut = number("min_output_price");
    BigDecimal mostOut = number("max_output_price");
    String category = oneOf("category", CATEGORIES);
    String arch = value("arch");
    String distillable = oneOf("distillable", Set.of("true", "false"));
    String zdr = oneOf("zdr", Set.of("true"));
    String region = oneOf("region", Set.of("eu", "us"));
    Stream<Model> models =
        catalog
            .models()
            .filter(model -> catalog.endpointsOf(model).stream().anyMatch(Endpoint::live))
            .filter(model -> fitsOutput(model, out))
            .filter(model -> model.architecture().inputModalities().containsAll(in))
            .filter(model -> authors.isEmpty() || authors.contains(model.author()))
            .filter(
                model ->
                    (model.slug() + ' ' + model.name()).toLowerCase(Locale.ROOT).contains(text))
            .filter(
                model ->
                    context == null
                        || BigDecimal.valueOf(model.contextLength()).compareTo(context) >= 0)
            .filter(
                model ->
                    Rows.live(catalog, model).stream()
                        .anyMatch(
                            endpoint -> endpoint.supportedParameters().containsAll(parameters)))
            .filter(
                model ->
                    providers.isEmpty()
                        || Rows.live(catalog, model).stream()
                            .anyMatch(
                                endpoint ->
                                    providers.contains(endpoint.provider().slug())
                                        || providers.contains(endpoint.provider().name())))
            .filter(model -> hasTraits(catalog, model, category, arch, distillable, zdr, region))
            .filter(this::isOfAge)
            .filter(this::measuresUp)
            .filter(model -> within(catalog, model, Item.PROMPT, least, most))
            .filter(model -> within(catalog, model, Item.COMPLETION, leastOut, mostOut));
    return sorted(models, catalog).toList();
  }

  private static boolean fitsOutput(Model model, Set<String> wanted) {
    Set<String> own = model.architecture().outputModalities();
    if (wanted.isEmpty()) {
      return own.contains("text");
    }
    return wanted.contains("all") || own.stream().anyMatch(wanted::contains);
  }

  private static boolean hasTraits(
      Catalog catalog,
      Model model,
      @Nullable String category,
      @Nullable String arch,
      @Nullable String distillable,
      @Nullable String zdr,
      @Nullable String region) {
    List<Endpoint> live = Rows.live(catalog, model);
    return (category == null
            || model.details().get("categories") instanceof Collection<?> categories
                && categories.contains(category))
        && (arch == null || model.architecture().tokenizer().equalsIgnoreCase(arch))
        && (distillable == null || model.distillable() == distillable.equals("true"))
        && (zdr == null || live.stream().anyMatch(endpoint -> endpoint.dataPolicy().zdr()))
        && (region == null
            || DataRegion.ofWord(region)
                .filter(wanted -> live.stream().anyMatch(one -> one.staysIn(wanted)))
                .isPresent());
  }

  private boolean isOfAge(Model model) {
    BigDecimal least = number("min_age_days");
    BigDecimal most = number("max_age_days");
    BigDecimal age =
        BigDecimal.valueOf(Math.floorDiv(nowSeconds - model.created(), SECONDS_PER_DAY));
    return (least == null || age.compareTo(least) >= 0)
        && (most == null || age.compareTo(most) <= 0);
  }

  /// A model that was not measured is neither good nor bad enough.
  private boolean measuresUp(Model model) {
    for (String measure : MEASURES) {
      BigDecimal least = number("min_" + measure);
      BigDecimal most = number("max_" + measure);
      if (least == null && most == null) {
        continue;
      }
      BigDecimal own = measured(model, measure);
      if (own == null
          || (least != null && own.compareTo(least) < 0)
          || (most != null && own.compareTo(most) > 0)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable BigDecimal measured(Model model, String measure) {
    return model.details().get("benchmarks") instanceof Map<?, ?> benchmarks
            && benchmarks.get(measure) instanceof Number number
        ? new BigDecimal(number.toString())
        : null;
  }

  private @Nullable String oneOf(String name, Set<String> words) {
    String word = value(name);
    if (word != null && !words.contains(word)) {
      throw Problem.invalidRequest("%s: %.64s is unknown".formatted(name, word));
    }
    return word;
  }

  private static boolean within(
      Catalog catalog,
      Model model,
      Item item,
      @Nullable BigDecimal least,
      @Nullable BigDecimal most) {
    BigDecimal price =
        Rows.top(Rows.live(catalog, model)).listPricing().price(item).multiply(MILLION);
    return (least == null || price.compareTo(least) >= 0)
        && (most == null || price.compareTo(most) <= 0);
  }

  private Stream<Model> sorted(Stream<Model> models, Catalog catalog) {
    String sort = value("sort");
    if (sort == null) {
      return models;
    }
    Comparator<Model> price =
        Comparator.comparing(model -> Rows.meanPrice(Rows.top(Rows.live(catalog, model))));
    return switch (sort) {
      case "pricing-low-to-high" -> models.sorted(price);
      case "pricing-high-to-low" -> models.sorted(price.reversed());
      case "context-high-to-low" ->
          models.sorted(Comparator.comparingLong(Model::contextLength).reversed());
      case "newest" -> models.sorted(Comparator.comparingLong(Model::created).reversed());
      case "throughput-high-to-low" ->
          models.sorted(
              Comparator.comparingDouble(
                  model -> -vital(catalog, model, Vitals::tokensPerSecond).max().orElse(-1)));
      case "latency-low-to-high" ->
          models.sorted(
              Comparator.comparingDouble(
                  model ->
                      vital(catalog, model, Vitals::latencySeconds)
                          .min()
                          .orElse(Double.MAX_VALUE)));
      case "intelligence-high-to-low" -> models.sorted(byMeasure("intelligence_index"));
      case "coding-high-to-low" -> models.sorted(byMeasure("coding_index"));
      case "agentic-high-to-low" -> models.sorted(byMeasure("agentic_index"));
      case "design-arena-elo-high-to-low" -> models.sorted(byMeasure("design_arena_elo"));
      // There is no data for these: then all of it sorts last, in the order it has.
      case "most-popular", "top-weekly" -> models;
      default -> throw Problem.invalidRequest("sort: %.64s is unknown".formatted(sort));
    };
  }

  private DoubleStream vital(
      Catalog catalog, Model model, Function<Vitals, Optional<Percentiles>> kind) {
    return Rows.live(catalog, model).stream()
        .flatMap(endpoint -> kind.apply(vitals.of(endpoint.id())).stream())
        .mapToDouble(Percentiles::p50);
  }

  private static Comparator<Model> byMeasure(String measure) {
    return Comparator.comparing(
        (Model model) -> measured(model, measure),
        Comparator.nullsLast(Comparator.<BigDecimal>reverseOrder()));
  }

  /// Paging is opt-in.
  boolean isPaged() {
    return value("offset") != null || value("limit") != null;
  }

  int offset() {
    return whole("offset", 0, 0, Integer.MAX_VALUE);
  }

  int limit() {
    return whole("limit", 500, 1, 1000);
  }

  private int whole(String name, int preset, int least, int most) {
    BigDecimal number = number(name);
    if (number == null) {
      return preset;
    }
    if (number.stripTrailingZeros().scale() > 0
        || number.compareTo(BigDecimal.valueOf(least)) < 0
        || number.compareTo(BigDecimal.valueOf(most)) > 0) {
      throw Problem.invalidRequest(
          "%s: not a whole number from %d to %d".formatted(name, least, most));
    }
    return number.intValueExact();
  }

  private @Nullable BigDecimal number(String name) {
    String text = value(name);
    if (text == null) {
      return null;
    }
    try {
      if (text.length() <= 30) {
        return new BigDecimal(text);
      }
    } catch (NumberFormatException _) {
      // Told below.
    }
    throw Problem.invalidRequest(name + ": not a number");
  }

  private Set<String> words(String name) {
    String text = value(name);
    return text == null ? Set.of() : new HashSet<>(Arrays.asList(text.split(",")));
  }

  private Set<String> modalities(String name) {
    Set<String> words = words(name);
    if (!MODALITIES.containsAll(words)) {
      throw Problem.invalidRequest(name + ": unknown modality");
    }
    return words;
  }

  private @Nullable String value(String name) {
    String value = query.getFirst(name);
    return value == null || value.isBlank() ? null : value;
  }
}
