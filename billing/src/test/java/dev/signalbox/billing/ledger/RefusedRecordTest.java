package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// Records that come past the journal, and that the ledger will never take.
class RefusedRecordTest {
  private static byte[] json(UsageRecord record) {
    return UsageRow.json(record, OptionalLong.empty(), OptionalLong.empty());
  }

  @Test
  void aRecordThatWillNeverBeTakenIsSetAsideAndNotTriedForEver() {
    try (var books = new Books()) {
      UsageRecords records = books.records();
      var key = books.key(books.account("1"), null, null);
      Instant now = Instant.now();
      var record = Books.record(key, Books.id(now), now, Pricing.of("1", "0"), Usage.of(1, 0));
      byte[] refused =
          new String(json(record), StandardCharsets.UTF_8)
              .replace("\"charge_factor\":\"", "\"charge_factor\":\"many")
              .getBytes(StandardCharsets.UTF_8);
      assertThat(records.insert(record.id(), refused).block()).isFalse();
      assertThat(books.query("SELECT id FROM usage_quarantine")).containsExactly(record.id());
      assertThat(records.insert(record.id(), json(record)).block()).isTrue();
    }
  }
}
