package dev.signalbox.catalog;

import dev.signalbox.pricing.Pricing;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// One provider's offer of one model. Says nothing of URLs, dialects or credentials, so that
/// routing cannot depend on them.
///
/// @param tag the provider's slug, alone or with a region, variant or tier: `acme/turbo`
/// @param serviceTier `default`, `priority` or `flex`
/// @param pricing the provider's price to the operator
/// @param listPricing what callers pay: [#pricing] with the operator's markup
/// @param contextLength tokens, prompt and answer together
/// @param maxCompletionTokens tokens; empty is unlimited
/// @param maxPromptTokens tokens; empty is unlimited
/// @param quantization `int4 int8 fp4 mxfp4 nvfp4 fp6 fp8 mxfp8 fp16 bf16 fp32 unknown`
/// @param supportedParameters the contract's vocabulary (`tools`, `temperature`, …)
/// @param live a call can be made: its provider's credential is known
/// @param dataRegion where prompts stay, if that is not told by the provider's datacenters
public record Endpoint(
    EndpointId id,
    Model model,
    Provider provider,
    String tag,
    String serviceTier,
    Pricing pricing,
    Pricing listPricing,
    long contextLength,
    OptionalLong maxCompletionTokens,
    OptionalLong maxPromptTokens,
    String quantization,
    Set<String> supportedParameters,
    DataPolicy dataPolicy,
    boolean implicitCaching,
    boolean live,
    Optional<DataRegion> dataRegion) {
  /// An endpoint whose prompts stay where its provider's datacenters are.
  public Endpoint(
      EndpointId id,
      Model model,
      Provider provider,
      String tag,
      String serviceTier,
      Pricing pricing,
      Pricing listPricing,
      long contextLength,
      OptionalLong maxCompletionTokens,
      OptionalLong maxPromptTokens,
      String quantization,
      Set<String> supportedParameters,
      DataPolicy dataPolicy,
      boolean implicitCaching,
      boolean live) {
    this(
        id,
        model,
        provider,
        tag,
        serviceTier,
        pricing,
        listPricing,
        contextLength,
        maxCompletionTokens,
        maxPromptTokens,
        quantization,
        supportedParameters,
        dataPolicy,
        implicitCaching,
        live,
        Optional.empty());
  }

  public Endpoint {
    supportedParameters = Set.copyOf(supportedParameters);
  }

  /// Returns it at another price to callers.
  public Endpoint withListPricing(Pricing list) {
    return new Endpoint(
        id,
        model,
        provider,
        tag,
        serviceTier,
        pricing,
        list,
        contextLength,
        maxCompletionTokens,
        maxPromptTokens,
        quantization,
        supportedParameters,
        dataPolicy,
        implicitCaching,
        live,
        dataRegion);
  }

  /// Returns whether a parameter is among those listed, or meant by one of them.
  public boolean supports(String parameter) {
    return supportedParameters.contains(parameter)
        || Parameters.isMeantBy(parameter, supportedParameters);
  }

  /// Returns whether prompts are known to stay in a region.
  public boolean staysIn(DataRegion region) {
    return dataRegion.isPresent()
        ? dataRegion.get() == region
        : region.holds(provider.datacenters());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Endpoint that && id.equals(that.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
