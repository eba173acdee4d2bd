package dev.signalbox.gateway.admin;

import dev.signalbox.billing.account.AuditLog;
import dev.signalbox.gateway.offer.CatalogFiles;
import dev.signalbox.gateway.offer.InvalidCatalogException;
import dev.signalbox.gateway.offer.OfferStore;
import dev.signalbox.gateway.offer.OfferUpdates;
import dev.signalbox.gateway.problem.Problem;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Makes operators' changes: each whole or not at all, and with its line in the audit log.
final class Changes {
  private static final JsonMapper JSON = new JsonMapper();

  private final TransactionalOperator transactions;
  private final AuditLog audit;
  private final OfferStore store;
  private final OfferUpdates updates;
  private final CatalogFiles files;

  Changes(
      TransactionalOperator transactions,
      AuditLog audit,
      OfferStore store,
      OfferUpdates updates,
      CatalogFiles files) {
    this.transactions = transactions;
    this.audit = audit;
    this.store = store;
    this.updates = updates;
    this.files = files;
  }

  /// What the audit log says of a change.
  ///
  /// @param detail holds no secret
  record Line(String actor, String action, String subject, Object detail) {}

  /// Makes a change of accounts and their like.
  <T> Mono<T> make(Line line, Mono<T> change) {
    return change.flatMap(made -> noted(line).thenReturn(made)).as(transactions::transactional);
  }

  /// Makes a change of what is on offer, if the whole is good with it: in force on this replica
  /// when it completes, and on the others as soon as they hear of it.
  <T> Mono<T> offer(Line line, Mono<T> change) {
    return change
        .flatMap(made -> noted(line).thenReturn(made))
        .flatMap(made -> checked().thenReturn(made))
        .as(transactions::transactional)
        .flatMap(made -> updates.refresh().onErrorComplete().thenReturn(made));
  }

  private Mono<Void> noted(Line line) {
    JsonNode detail = JSON.valueToTree(line.detail());
    return audit.add(line.actor(), line.action(), line.subject(), detail);
  }

  private Mono<Void> checked() {
    return store
        .load()
        .publishOn(Schedulers.boundedElastic())
        .doOnNext(snapshot -> files.check(snapshot.overlay()))
        .onErrorMap(InvalidCatalogException.class, Changes::told)
        .then();
  }

  /// Checks a price that is still to come.
  Mono<Void> priced(String endpoint, String pricing) {
    return store
        .load()
        .publishOn(Schedulers.boundedElastic())
        .doOnNext(snapshot -> files.check(snapshot.overlay().withPrice(endpoint, pricing)))
        .onErrorMap(InvalidCatalogException.class, Changes::told)
        .then();
  }

  private static Problem told(InvalidCatalogException invalid) {
    return Problem.invalidRequest(invalid.faults().getFirst()).with("faults", invalid.faults());
  }
}
