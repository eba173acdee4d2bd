package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataRegion;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.NameIndex;
import dev.signalbox.catalog.Offering;
import dev.signalbox.routing.plan.Constraint;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The hard filters of one request: each removes endpoints, and says why.
public final class Eligibility {
  /*
   * The request's side is worked out once, in the constructor: names looked up, ceilings
   * sorted out by item. What is left to do for each endpoint are comparisons; no text is made for those
   * that fail, only for those who ask for the reason.
   */
  private static final long ALL = -1;

  private final RoutingRequest request;
  private final @Nullable Names only;
  private final @Nullable Names accountOnly;
  private final Names ignored;
  private final Names accountIgnored;
  private final Names order;
  private final boolean strictOrder;

  /// The bits of what must not happen to prompts.
  private final int forbidden;

  private final boolean distillable;
  private final @Nullable DataRegion region;
  private final @Nullable DataRegion accountRegion;
  private final long quantizations;
  private final Ceiling[] ceilings;
  private final long required;

  /// Required, but without a bit.
  private final String[] others;

  private final String[] inputs;
  private final String[] outputs;
  private final long output;
  private final Instant at;

  /// @param request with defaults merged
  /// @param catalog whose endpoints will be asked about
  /// @param at tells which prices are in force
  public Eligibility(RoutingRequest request, Catalog catalog, Instant at) {
    Preferences own = request.preferences();
    Preferences account = request.defaults();
    this.request = request;
    this.at = at;
    NameIndex index = catalog.names();
    only = own.only().map(names -> new Names(names, index)).orElse(null);
    accountOnly = account.only().map(names -> new Names(names, index)).orElse(null);
    ignored = new Names(own.ignore(), index);
    accountIgnored = new Names(account.ignore(), index);
    order = new Names(own.order(), index);
    strictOrder = order.size() > 0 && !own.allowFallbacks().orElse(true);
    boolean denyCollection = own.denyDataCollection() || account.denyDataCollection();
    forbidden =
        (own.zdr() || account.zdr() ? Offering.NO_ZDR : 0)
            | (denyCollection ? Offering.TRAINS | Offering.RETAINS : 0);
    distillable = own.distillableOnly() || account.distillableOnly();
    region = own.dataRegion().orElse(null);
    accountRegion = account.dataRegion().orElse(null);
    quantizations = bits(catalog, own.quantizations()) & bits(catalog, account.quantizations());
    ceilings = Ceiling.of(own.maxPrice(), account.maxPrice());
    boolean requireParameters = own.requireParameters() || account.requireParameters();
    long bits = 0;
    var withoutBit = new ArrayList<String>(0);
    if (requireParameters) {
      for (String parameter : request.parameters()) {
        long bit = catalog.parameterBit(parameter);
        bits |= bit;
        if (bit == 0) {
          withoutBit.add(parameter);
        }
      }
    }
    required = bits;
    others = withoutBit.toArray(String[]::new);
    // A file can be turned into text on the way; the other kinds cannot.
    inputs = without("file", request.inputModalities());
    outputs = without("text", request.outputModalities());
    output = request.maxTokens().orElse(0);
  }

  /// No quantizations are all.
  private static long bits(Catalog catalog, Set<String> quantizations) {
    return quantizations.isEmpty() ? ALL : catalog.quantizationBits(quantizations);
  }

  private static String[] without(String modality, Set<String> modalities) {
    var others = new ArrayList<String>(0);
    for (String one : modalities) {
      if (!one.equals(modality)) {
        others.add(one);
      }
    }
    return others.toArray(String[]::new);
  }

  /// The names in `order`.
  public Names order() {
    return order;
  }

  /// Returns why an endpoint cannot serve the request, or null.
  ///
  /// @param tiers the bits of the service tiers that are in play
  public @Nullable Exclusion objection(Offering offering, int tiers) {
    Endpoint endpoint = offering.endpoint();
    if (!request.opens(endpoint)) {
      return because(Constraint.NO_CREDENTIAL, endpoint);
    }
    if (!inTier(offering, tiers)) {
      return because(Constraint.SERVICE_TIER, endpoint);
    }
    Constraint provider = provider(offering);
    if (provider != null) {
      return because(provider, endpoint);
    }
    int forbiddenHere = offering.policy() & forbidden;
    if (forbiddenHere != 0) {
      return because(policy(forbiddenHere), endpoint);
    }
    if (distillable && !endpoint.model().distillable()) {
      return because(Constraint.NOT_DISTILLABLE, endpoint);
    }
    if (region != null && !endpoint.staysIn(region)) {
      return new Exclusion(endpoint, Constraint.OUT_OF_REGION, region.word());
    }
    if (accountRegion != null && !endpoint.staysIn(accountRegion)) {
      return new Exclusion(endpoint, Constraint.OUT_OF_REGION, accountRegion.word());
    }
    if (quantizations != ALL && (quantizations & offering.quantization()) == 0) {
      return new Exclusion(endpoint, Constraint.QUANTIZATION, endpoint.quantization());
    }
    for (Ceiling ceiling : ceilings) {
      if (ceiling.isBelow(offering, request.promptTokens(), at)) {
        return new Exclusion(endpoint, Constraint.TOO_DEAR, ceiling.item().key());
      }
    }
    if ((offering.parameters() & required) != required || others.length > 0) {
      for (String parameter : request.parameters()) {
        if (!endpoint.supports(parameter)) {
          return new Exclusion(endpoint, Constraint.LACKS_PARAMETER, parameter);
        }
      }
    }
    Exclusion modality = modality(endpoint);
    return modality == null ? length(offering) : modality;
  }

  private static Exclusion because(Constraint constraint, Endpoint endpoint) {
    return new Exclusion(endpoint, constraint, "");
  }

  /// A tier's endpoints take part when the tier is asked for, or when they are named.
  private boolean inTier(Offering offering, int tiers) {
    return (tiers & offering.tier()) != 0
        || (!offering.inDefaultTier()
            && (order.meanTierOf(offering) || (only != null && only.meanTierOf(offering))));
  }

  private @Nullable Constraint provider(Offering offering) {
    if (only != null && !only.mean(offering)) {
      return Constraint.NOT_ALLOWED;
    }
    // An account's list says which providers it trusts; tiers are admitted elsewhere.
    if (accountOnly != null && !accountOnly.meanProviderOf(offering)) {
      return Constraint.NOT_ALLOWED_HERE;
    }
    if (ignored.meanProviderOf(offering)) {
      return Constraint.IGNORED;
    }
    if (accountIgnored.meanProviderOf(offering)) {
      return Constraint.IGNORED_HERE;
    }
    return strictOrder && !order.mean(offering) ? Constraint.NOT_LISTED : null;
  }

  /// Returns whether the account, whatever the request, may use an endpoint's provider.
  public boolean isOpenToAccount(Offering offering) {
    return (accountOnly == null || accountOnly.meanProviderOf(offering))
        && !accountIgnored.meanProviderOf(offering);
  }

  private static Constraint policy(int forbidden) {
    return (forbidden & Offering.NO_ZDR) != 0
        ? Constraint.KEEPS_DATA
        : (forbidden & Offering.TRAINS) != 0 ? Constraint.TRAINS : Constraint.STORES;
  }

  private @Nullable Exclusion modality(Endpoint endpoint) {
    for (String modality : inputs) {
      if (!endpoint.model().architecture().inputModalities().contains(modality)) {
        return new Exclusion(endpoint, Constraint.INPUT, modality);
      }
    }
    for (String modality : outputs) {
      if (!endpoint.model().architecture().outputModalities().contains(modality)) {
        return new Exclusion(endpoint, Constraint.OUTPUT, modality);
      }
    }
    return null;
  }

  private @Nullable Exclusion length(Offering offering) {
    if (output > offering.maxCompletionTokens()) {
      return tooLong(Constraint.ANSWER_TOO_LONG, offering, offering.maxCompletionTokens());
    }
    if (request.promptTokens() > offering.maxPromptTokens()) {
      return tooLong(Constraint.PROMPT_TOO_LONG, offering, offering.maxPromptTokens());
    }
    return request.promptTokens() + output > offering.contextLength()
        ? tooLong(Constraint.CONTEXT_TOO_SHORT, offering, offering.contextLength())
        : null;
  }

  private static Exclusion tooLong(Constraint constraint, Offering offering, long most) {
    return new Exclusion(offering.endpoint(), constraint, Long.toString(most));
  }
}
