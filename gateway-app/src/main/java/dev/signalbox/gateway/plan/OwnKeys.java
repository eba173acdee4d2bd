package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.gateway.offer.Credential;
import dev.signalbox.gateway.offer.Credentials.Opened;
import dev.signalbox.routing.plan.Candidate;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Accounts' own credentials for providers, as they are now, and their place in a plan.
public final class OwnKeys {
  private final BigDecimal feePercent;
  private volatile Known known = new Known(Map.of(), Map.of());

  private record Known(Map<UUID, List<Credential>> byAccount, Map<String, String> secrets) {}

  /// @param feePercent of what a provider charges an account itself: the operator's
  public OwnKeys(BigDecimal feePercent) {
    if (feePercent.signum() < 0 || feePercent.scale() > 6) {
      throw new IllegalArgumentException(
          "SIGNALBOX_BYOK_FEE_PERCENT: %s (expected: >= 0, 6 digits after the point)"
              .formatted(feePercent.toPlainString()));
    }
    this.feePercent = feePercent;
  }

  public BigDecimal feePercent() {
    return feePercent;
  }

  /// Puts these in the place of all before.
  public void replace(List<Opened> all) {
    var byAccount = new HashMap<UUID, List<Credential>>();
    var secrets = new HashMap<String, String>();
    all.stream()
        .sorted(Comparator.comparingInt((Opened one) -> one.of().sortOrder()))
        .forEach(
            one -> {
              UUID account = one.of().account().orElseThrow();
              byAccount.computeIfAbsent(account, _ -> new ArrayList<>()).add(one.of());
              secrets.put(one.of().id().toString(), one.secret());
            });
    known = new Known(byAccount, secrets);
  }

  /// Returns a credential, or null if there is none any more.
  public @Nullable String secret(String credential) {
    return known.secrets.get(credential);
  }

  /// Returns the providers that a key may call with a credential of its account's, each with the
  /// models that this is for; none are all.
  public Map<String, Set<String>> providers(ApiKey key) {
    List<Credential> own = known.byAccount.get(key.accountId());
    if (own == null) {
      return Map.of();
    }
    var providers = new HashMap<String, Set<String>>();
    for (Credential credential : own) {
      if (allows(credential, key)) {
        Set<String> models = credential.allowedModels().map(Set::copyOf).orElse(Set.of());
        providers.merge(credential.provider(), models, OwnKeys::either);
      }
    }
    return providers;
  }

  private static Set<String> either(Set<String> some, Set<String> others) {
    if (some.isEmpty() || others.isEmpty()) {
      return Set.of();
    }
    var all = new HashSet<>(some);
    all.addAll(others);
    return all;
  }

  /// Gives each model's candidates their tries with the account's own credentials: before the
  /// operator's all those that are no fallback, after them the fallbacks.
  Planned tried(Planned planned, ApiKey key) {
    List<Credential> own = known.byAccount.get(key.accountId());
    if (own == null) {
      return planned;
    }
    List<Candidate> before = planned.plan().candidates();
    var after = new ArrayList<Candidate>();
    int start = 0;
    while (start < before.size()) {
      int end = start;
      String model = before.get(start).endpoint().model().slug();
      while (end < before.size() && before.get(end).endpoint().model().slug().equals(model)) {
        end++;
      }
      List<Candidate> group = before.subList(start, end);
      add(after, group, own, key, false);
      boolean preferred = after.stream().anyMatch(Candidate::own);
      for (Candidate shared : group) {
        if (shared.endpoint().live()) {
          after.add(
              preferred ? new Candidate(shared.endpoint(), shared.requestedModel(), 0) : shared);
        }
      }
      add(after, group, own, key, true);
      start = end;
    }
    if (after.equals(before)) {
      return planned;
    }
    List<Candidate> kept =
        planned.allowsFallbacks() || after.size() <= before.size()
            ? after
            : after.subList(0, before.size());
    return planned.with(kept);
  }

  private static void add(
      List<Candidate> to,
      List<Candidate> group,
      List<Credential> own,
      ApiKey key,
      boolean fallback) {
    for (Candidate shared : group) {
      for (Credential credential : own) {
        if (credential.fallback() == fallback
            && credential.provider().equals(shared.endpoint().provider().slug())
            && allows(credential, key)
            && allows(credential, shared)) {
          to.add(
              new Candidate(
                  shared.endpoint(),
                  shared.requestedModel(),
                  fallback ? 0 : shared.share(),
                  credential.id().toString()));
        }
      }
    }
  }

  /// Keys here have no users: a credential that is for some of them only is for none.
  private static boolean allows(Credential credential, ApiKey key) {
    return credential.allowedUsers().isEmpty()
        && credential.allowedKeys().map(keys -> keys.contains(key.hash())).orElse(true);
  }

  private static boolean allows(Credential credential, Candidate candidate) {
    return credential
        .allowedModels()
        .map(
            models ->
                models.contains(candidate.endpoint().model().slug())
                    || models.contains(candidate.endpoint().model().canonicalSlug()))
        .orElse(true);
  }
}
