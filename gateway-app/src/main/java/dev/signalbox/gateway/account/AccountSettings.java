package dev.signalbox.gateway.account;

import java.math.BigDecimal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;

/// What an operator may set about keys.
///
/// @param pepper keys are hashed with it; made on first use where there is none
/// @param adminKey the operator's own key; made at first start where there is none
/// @param startingCredit dollars of the first account
record AccountSettings(
    @Nullable String pepper, @Nullable String adminKey, Path data, BigDecimal startingCredit) {
  AccountSettings(
      @Value("${signalbox.pepper:}") @Nullable String pepper,
      @Value("${signalbox.admin-key:}") @Nullable String adminKey,
      @Value("${signalbox.data:./data}") Path data,
      @Value("${signalbox.starting-credit:100}") BigDecimal startingCredit) {
    if (adminKey != null && !adminKey.isBlank() && adminKey.length() < 24) {
      throw new IllegalArgumentException("SIGNALBOX_ADMIN_KEY must have 24 characters or more.");
    }
    if (startingCredit.signum() < 0) {
      throw new IllegalArgumentException(
          "SIGNALBOX_STARTING_CREDIT: %s (expected: 0 or more)".formatted(startingCredit));
    }
    this.pepper = pepper;
    this.adminKey = adminKey;
    this.data = data;
    this.startingCredit = startingCredit;
  }

  @Override
  public String toString() {
    return "AccountSettings[data=" + data + "]";
  }
}
