package dev.signalbox.catalog;

import java.util.List;
import java.util.Optional;

/// Who runs models.
///
/// @param slug what `provider.order` and its like name
/// @param name display name; the `provider` of a response
/// @param supportsAbort closing the connection stops generation and billing
/// @param headquarters ISO 3166 alpha-2
/// @param datacenters ISO 3166 alpha-2 each
public record Provider(
    String slug,
    String name,
    DataPolicy dataPolicy,
    boolean supportsAbort,
    Optional<String> privacyPolicyUrl,
    Optional<String> termsOfServiceUrl,
    Optional<String> statusPageUrl,
    Optional<String> headquarters,
    List<String> datacenters) {
  public Provider {
    datacenters = List.copyOf(datacenters);
  }
}
