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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Records what the process before this one had left to record when it was killed.
///
/// Answers whose callers had seen the end are recorded as they were. No caller saw the end of what
/// was still under way, so nobody pays for it; what it cost the operator is told as far as it is
/// known: the prompt, and what of the answer had come.
final class Interrupted {
  private static final Logger log = LoggerFactory.getLogger(Interrupted.class);
  private static final JsonMapper JSON = new JsonMapper();
  private static final int BYTES_PER_TOKEN = 4;
  private static final int DECIMALS = 18;

  private Interrupted() {}

  /// Returns how many calls were recorded that were under way. What cannot be recorded now stays
  /// where it is.
  static int record(FlightLog flights, Journal journal) {
    var records = new ArrayList<FlightSlot>();
    var calls = new ArrayList<FlightSlot>();
    flights.left().forEach(slot -> (slot.due() == null ? calls : records).add(slot));
    int due = count(records, slot -> writeDue(slot, journal));
    if (due > 0) {
      log.info("{} records were not yet written when the gateway died: they are now", due);
      // They were held for with what the run before had leased.
      journal.inherit();
    }
    // Of one that was just becoming a record both are there: the record comes first.
    int recorded = count(calls, slot -> writeLost(slot, journal));
    if (recorded > 0) {
      log.warn("{} calls were under way when the gateway died: they are recorded, free", recorded);
    }
    return recorded;
  }

  /// Returns of how many of the places something was written.
  private static int count(List<FlightSlot> slots, Predicate<FlightSlot> write) {
    int written = 0;
    for (FlightSlot slot : slots) {
      try {
        written += write.test(slot) ? 1 : 0;
      } catch (RuntimeException e) {
        log.error("What a gateway that died had left cannot be recorded yet", e);
      }
    }
    return written;
  }

  private static boolean writeDue(FlightSlot slot, Journal journal) {
    Flight.Due due = Objects.requireNonNull(slot.due());
    // The journal may have it already: of two that are the same the ledger takes one.
    journal.append(due.id(), due.json()).block();
    slot.free();
    return true;
  }

  private static boolean writeLost(FlightSlot slot, Journal journal) {
    Flight.Lost lost = slot.lost();
    boolean written = lost != null && record(lost, journal);
    slot.free();
    return written;
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
