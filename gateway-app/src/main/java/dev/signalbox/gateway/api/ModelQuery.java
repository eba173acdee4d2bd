package dev.signalbox.gateway.api;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/// The filters and the order of `GET /models` (contract, section 2.5.1).
final class ModelQuery {
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
  private static final Set<String> MODALITIES =
      Set.of("text", "image", "audio", "video", "file", "embeddings", "all");

  private final MultiValueMap<String, String> query;

  ModelQuery(MultiValueMap<String, String> query) {
    this.query = query;
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
      // There is no data for these: then all of it sorts last, in the order it has.
      case "throughput-high-to-low",
          "latency-low-to-high",
          "most-popular",
          "top-weekly",
          "intelligence-high-to-low",
          "coding-high-to-low",
          "agentic-high-to-low",
          "design-arena-elo-high-to-low" ->
          models;
      default -> throw Problem.invalidRequest("sort: %.64s is unknown".formatted(sort));
    };
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
