package dev.signalbox.gateway.plan;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.gateway.dialect.openai.PreferencesReader;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What an account and a key say of every request, as one.
///
/// The account is the ceiling: allow lists intersect, deny lists unite, and of two limits the
/// stricter holds. What only orders endpoints is the key's, where the key says anything.
final class Defaults {
  /// Stands in a list of names that has none left: an empty list would allow all.
  private static final Set<String> NOBODY = Set.of("(nobody)");

  /// By the key object itself, which is replaced when the key or its account changes.
  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private final Cache<ApiKey, Preferences> known =
      Caffeine.newBuilder().executor(Runnable::run).weakKeys().build();

  Preferences of(ApiKey key) {
    return saysNothing(key) ? Preferences.NONE : known.get(key, Defaults::read);
  }

  private static boolean saysNothing(ApiKey key) {
    return key.routing().isEmpty()
        && key.allowedProviders().isEmpty()
        && key.ignoredProviders().isEmpty()
        && !key.zdrOnly()
        && !key.denyDataCollection()
        && key.defaultSort().isEmpty();
  }

  private static Preferences read(ApiKey key) {
    Preferences account = ofAccount(key);
    return key.routing()
        .map(json -> PreferencesReader.read(json.getBytes(StandardCharsets.UTF_8)))
        .map(own -> both(account, own))
        .orElse(account);
  }

  private static Preferences ofAccount(ApiKey key) {
    Preferences none = Preferences.NONE;
    return new Preferences(
        none.order(),
        key.allowedProviders().isEmpty() ? Optional.empty() : Optional.of(key.allowedProviders()),
        key.ignoredProviders(),
        none.allowFallbacks(),
        false,
        key.denyDataCollection(),
        key.zdrOnly(),
        false,
        none.quantizations(),
        key.defaultSort().map(sort -> SortKey.valueOf(sort.toUpperCase(Locale.ROOT))),
        none.partition(),
        none.maxPrice(),
        none.minThroughput(),
        none.maxLatency());
  }

  static Preferences both(Preferences account, Preferences key) {
    boolean ordered = !key.order().isEmpty();
    return new Preferences(
        key.order(),
        account.only().isPresent() && key.only().isPresent()
            ? Optional.of(common(account.only().get(), key.only().get()))
            : account.only().or(key::only),
        union(account.ignore(), key.ignore()),
        key.allowFallbacks(),
        account.requireParameters() || key.requireParameters(),
        account.denyDataCollection() || key.denyDataCollection(),
        account.zdr() || key.zdr(),
        account.distillableOnly() || key.distillableOnly(),
        account.quantizations().isEmpty() || key.quantizations().isEmpty()
            ? union(account.quantizations(), key.quantizations())
            : common(account.quantizations(), key.quantizations()),
        ordered ? key.sort() : key.sort().or(account::sort),
        key.partition().or(account::partition),
        lower(account.maxPrice(), key.maxPrice()),
        key.minThroughput().isEmpty() ? account.minThroughput() : key.minThroughput(),
        key.maxLatency().isEmpty() ? account.maxLatency() : key.maxLatency(),
        account.dataRegion().or(key::dataRegion));
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    var all = new HashSet<>(a);
    all.addAll(b);
    return all;
  }

  /// Returns the names of either side that the other side means as well: a provider's tag is part
  /// of the provider.
  private static Set<String> common(Set<String> a, Set<String> b) {
    var common = new HashSet<String>();
    for (String one : a) {
      for (String other : b) {
        if (one.equalsIgnoreCase(other) || isPartOf(one, other)) {
          common.add(one);
        } else if (isPartOf(other, one)) {
          common.add(other);
        }
      }
    }
    return common.isEmpty() ? NOBODY : common;
  }

  private static boolean isPartOf(String tag, String provider) {
    return tag.length() > provider.length()
        && tag.charAt(provider.length()) == '/'
        && tag.regionMatches(true, 0, provider, 0, provider.length());
  }

  private static Map<String, BigDecimal> lower(
      Map<String, BigDecimal> a, Map<String, BigDecimal> b) {
    var caps = new HashMap<>(a);
    b.forEach((item, cap) -> caps.merge(item, cap, BigDecimal::min));
    return caps;
  }
}
