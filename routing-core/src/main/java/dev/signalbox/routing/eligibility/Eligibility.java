package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The hard filters (contract, section 3.5): each removes endpoints, and says why.
public final class Eligibility {
  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

  /// One reason to leave an endpoint out.
  ///
  /// @param constraint the contract's word (section 5.4)
  private record Rule(String constraint, Objection objection) {}

  private interface Objection {
    /// Returns why the endpoint cannot serve the request, or an empty string.
    String against(Endpoint endpoint, RoutingRequest request);
  }

  private static final List<Rule> RULES =
      List.of(
          new Rule("allowed_providers", Eligibility::notAllowed),
          new Rule("data_policy:zdr", Eligibility::keepsData),
          new Rule("data_policy:training", Eligibility::collectsData),
          new Rule("distillable", Eligibility::notDistillable),
          new Rule("quantization", Eligibility::quantized),
          new Rule("max_price", Eligibility::tooDear),
          new Rule("require_parameters", Eligibility::lacksParameters),
          new Rule("modality", Eligibility::lacksModality),
          new Rule("context_length", Eligibility::tooShort));

  private Eligibility() {}

  /// Returns the endpoints that pass, in their order.
  ///
  /// @param tiers the service tiers that are in play beside `default`
  public static List<Endpoint> filter(
      List<Endpoint> endpoints,
      RoutingRequest request,
      Set<String> tiers,
      List<Exclusion> excluded) {
    var eligible = new ArrayList<Endpoint>(endpoints.size());
    for (Endpoint endpoint : endpoints) {
      if (!endpoint.live() || !inTier(endpoint, request, tiers)) {
        continue;
      }
      Exclusion exclusion = exclusion(endpoint, request);
      if (exclusion == null) {
        eligible.add(endpoint);
      } else {
        excluded.add(exclusion);
      }
    }
    return eligible;
  }

  private static @org.jspecify.annotations.Nullable Exclusion exclusion(
      Endpoint endpoint, RoutingRequest request) {
    for (Rule rule : RULES) {
      String reason = rule.objection().against(endpoint, request);
      if (!reason.isEmpty()) {
        return new Exclusion(endpoint, rule.constraint(), reason);
      }
    }
    return null;
  }

  /// A tier's endpoints take part when the tier is asked for, or when they are named.
  private static boolean inTier(Endpoint endpoint, RoutingRequest request, Set<String> tiers) {
    if (tiers.contains(endpoint.serviceTier())) {
      return true;
    }
    Preferences preferences = request.preferences();
    return Slugs.namesExactly(preferences.order(), endpoint)
        || preferences.only().filter(only -> Slugs.namesExactly(only, endpoint)).isPresent();
  }

  private static String notAllowed(Endpoint endpoint, RoutingRequest request) {
    for (Preferences preferences : List.of(request.preferences(), request.defaults())) {
      // An account's list says which providers it trusts; tiers are admitted elsewhere.
      boolean account = preferences == request.defaults();
      if (preferences.only().isPresent()
          && !(account
              ? Slugs.matchesAnyTier(preferences.only().get(), endpoint)
              : Slugs.matchesAny(preferences.only().get(), endpoint))) {
        return "it is not among the providers allowed";
      }
      if (Slugs.matchesAnyTier(preferences.ignore(), endpoint)) {
        return "its provider is ignored";
      }
    }
    return "";
  }

  private static String keepsData(Endpoint endpoint, RoutingRequest request) {
    boolean wanted = request.preferences().zdr() || request.defaults().zdr();
    return wanted && !endpoint.dataPolicy().zdr() ? "it is not a zero-data-retention endpoint" : "";
  }

  private static String collectsData(Endpoint endpoint, RoutingRequest request) {
    boolean denied =
        request.preferences().denyDataCollection() || request.defaults().denyDataCollection();
    if (!denied) {
      return "";
    }
    if (endpoint.dataPolicy().training()) {
      return "its provider may train on prompts";
    }
    return endpoint.dataPolicy().retainsPrompts() ? "its provider keeps prompts" : "";
  }

  private static String notDistillable(Endpoint endpoint, RoutingRequest request) {
    boolean wanted =
        request.preferences().distillableOnly() || request.defaults().distillableOnly();
    return wanted && !endpoint.model().distillable()
        ? "its model's author does not allow distillation"
        : "";
  }

  private static String quantized(Endpoint endpoint, RoutingRequest request) {
    String own = endpoint.quantization();
    return allows(request.preferences().quantizations(), own)
            && allows(request.defaults().quantizations(), own)
        ? ""
        : "its quantization is " + own;
  }

  private static boolean allows(Set<String> quantizations, String own) {
    return quantizations.isEmpty()
        || quantizations.contains(own)
        || (quantizations.contains("fp4") && (own.equals("mxfp4") || own.equals("nvfp4")))
        || (quantizations.contains("fp8") && own.equals("mxfp8"));
  }

  private static String tooDear(Endpoint endpoint, RoutingRequest request) {
    String reason = above(request.preferences().maxPrice(), endpoint);
    return reason.isEmpty() ? above(request.defaults().maxPrice(), endpoint) : reason;
  }

  private static String above(Map<String, BigDecimal> caps, Endpoint endpoint) {
    for (Map.Entry<String, BigDecimal> cap : caps.entrySet()) {
      Item item = Item.ofKey(cap.getKey()).orElse(null);
      if (item == null) {
        continue;
      }
      BigDecimal listed = endpoint.listPricing().price(item);
      BigDecimal discount = endpoint.listPricing().discount();
      BigDecimal price =
          discount.signum() == 0 ? listed : listed.multiply(BigDecimal.ONE.subtract(discount));
      boolean perToken = item == Item.PROMPT || item == Item.COMPLETION;
      if ((perToken ? price.multiply(MILLION) : price).compareTo(cap.getValue()) > 0) {
        return "its %s price is above the maximum".formatted(cap.getKey());
      }
    }
    return "";
  }

  private static String lacksParameters(Endpoint endpoint, RoutingRequest request) {
    if (!request.preferences().requireParameters() && !request.defaults().requireParameters()) {
      return "";
    }
    for (String parameter : request.parameters()) {
      if (!endpoint.supportedParameters().contains(parameter)) {
        return "it does not support " + parameter;
      }
    }
    return "";
  }

  private static String lacksModality(Endpoint endpoint, RoutingRequest request) {
    for (String modality : request.inputModalities()) {
      // A file can be turned into text on the way; the other kinds cannot.
      if (!modality.equals("file")
          && !endpoint.model().architecture().inputModalities().contains(modality)) {
        return "it does not take %s input".formatted(modality);
      }
    }
    for (String modality : request.outputModalities()) {
      if (!modality.equals("text")
          && !endpoint.model().architecture().outputModalities().contains(modality)) {
        return "it does not write %s output".formatted(modality);
      }
    }
    return "";
  }

  private static String tooShort(Endpoint endpoint, RoutingRequest request) {
    long output = request.maxTokens().orElse(0);
    if (endpoint.maxCompletionTokens().isPresent()
        && output > endpoint.maxCompletionTokens().getAsLong()) {
      return "it writes at most %d tokens".formatted(endpoint.maxCompletionTokens().getAsLong());
    }
    if (endpoint.maxPromptTokens().isPresent()
        && request.promptTokens() > endpoint.maxPromptTokens().getAsLong()) {
      return "it reads at most %d tokens".formatted(endpoint.maxPromptTokens().getAsLong());
    }
    return request.promptTokens() + output > endpoint.contextLength()
        ? "its context is %d tokens".formatted(endpoint.contextLength())
        : "";
  }
}
