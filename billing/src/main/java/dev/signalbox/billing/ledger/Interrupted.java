package dev.signalbox.billing.ledger;

import dev.signalbox.billing.flight.Flight;
import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.flight.FlightSlot;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.ledger.UsageRecord.AttemptRecord;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Records the calls that were under way when the process before this one was killed. No caller saw
/// their end, so nobody pays for them; what they cost the operator is told as far as it is known:
/// the prompt, and what of the answer had come.
final class Interrupted {
  private static final Logger log = LoggerFactory.getLogger(Interrupted.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final int BYTES_PER_TOKEN = 4;
  private static final int DECIMALS = 18;

  private Interrupted() {}

  /// Returns how many calls were recorded. What cannot be recorded now stays where it is.
  static int record(FlightLog flights, Journal journal) {
    int recorded = 0;
    for (FlightSlot slot : flights.left()) {
      try {
        Flight.Lost lost = slot.lost();
        if (lost != null) {
          recorded += record(lost, journal) ? 1 : 0;
        }
        slot.free();
      } catch (RuntimeException e) {
        log.error("A call that was under way when the gateway died cannot be recorded yet", e);
      }
    }
    if (recorded > 0) {
      log.warn("{} calls were under way when the gateway died: they are recorded, free", recorded);
    }
    return recorded;
  }

  private static boolean record(Flight.Lost lost, Journal journal) {
    String id = lost.flight().id();
    byte[] json = UsageRow.json(row(lost), OptionalLong.empty(), OptionalLong.empty());
    boolean kept = journal.find(id).isPresent();
    if (kept && lost.refused()) {
      // A disk that failed may have kept what it said it did not.
      journal.replace(id, json);
    } else if (!kept) {
      // One that was recorded in its last moment may be in the database already: there the record
      // that came first stays.
      journal.append(id, json).block();
    }
    return !kept || lost.refused();
  }

  private static UsageRecord row(Flight.Lost lost) {
    Flight flight = lost.flight();
    Instant at = UsageRecord.moment(flight.id());
    var usage =
        Usage.of(flight.promptTokens(), 0)
            .withText(tokens(lost.visibleBytes()), tokens(lost.thoughtBytes()));
    Cost cost = pricing(flight.pricing()).cost(usage, at);
    return new UsageRecord(
        flight.id(),
        flight.accountId(),
        flight.keyHash(),
        flight.surface(),
        flight.model(),
        flight.requestedModel(),
        Optional.empty(),
        flight.providerSlug(),
        flight.providerName(),
        flight.endpointId(),
        Optional.empty(),
        Optional.empty(),
        usage,
        true,
        flight.pricing(),
        BigDecimal.ZERO,
        BigDecimal.ONE,
        true,
        new Cost(kept(cost.prompt()), kept(cost.completion()), kept(cost.other())),
        new Money(flight.attemptsCost()),
        Money.ZERO,
        Money.ZERO,
        flight.own(),
        flight.streamed(),
        false,
        Optional.of("error"),
        Optional.of("gateway_stopped"),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(
            new AttemptRecord(
                flight.endpointId(),
                flight.providerName(),
                flight.model(),
                flight.own(),
                flight.serviceTier(),
                Optional.empty(),
                "interrupted",
                0,
                Money.ZERO)));
  }

  private static long tokens(long bytes) {
    return Math.ceilDiv(bytes, BYTES_PER_TOKEN);
  }

  private static Money kept(Money amount) {
    return amount.usd().scale() <= DECIMALS
        ? amount
        : new Money(amount.usd().setScale(DECIMALS, RoundingMode.DOWN));
  }

  private static Pricing pricing(String json) {
    JsonNode tree = JSON.readTree(json);
    var prices = new EnumMap<Item, BigDecimal>(Item.class);
    for (Item item : Item.values()) {
      if (tree.has(item.key())) {
        prices.put(item, new BigDecimal(tree.path(item.key()).asString()));
      }
    }
    return new Pricing(prices, new BigDecimal(tree.path("discount").asString("0")), List.of());
  }
}
