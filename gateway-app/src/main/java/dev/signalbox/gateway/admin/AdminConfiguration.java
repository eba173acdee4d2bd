package dev.signalbox.gateway.admin;

import dev.signalbox.billing.account.Accounts;
import dev.signalbox.billing.account.AuditLog;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.billing.account.TopUps;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.offer.CatalogFiles;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Credentials;
import dev.signalbox.gateway.offer.OfferStore;
import dev.signalbox.gateway.offer.OfferUpdates;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/// Puts the operator API together; on the API's port only where that is asked for.
@Configuration(proxyBeanMethods = false)
class AdminConfiguration {
  static final String ON_API_PORT = "signalbox.admin.on-api-port";

  @Bean
  AdminApi adminApi(
      Callers callers,
      DatabaseClient database,
      ReactiveTransactionManager transactions,
      AuditLog audit,
      KeyStore keys,
      Spending spending,
      CatalogHolder catalog,
      CatalogFiles files,
      OfferStore store,
      OfferUpdates updates,
      Credentials credentials) {
    var changes =
        new Changes(TransactionalOperator.create(transactions), audit, store, updates, files);
    var rules = new PriceRules(database);
    return new AdminApi(
        callers,
        Stream.of(
                new AccountDesk(
                        new Accounts(database),
                        new TopUps(database),
                        keys,
                        spending,
                        rules,
                        changes)
                    .routes(),
                new CatalogDesk(catalog, new CatalogEntries(database), credentials, changes)
                    .routes(),
                new PriceDesk(rules, catalog, changes).routes(),
                new AuditDesk(audit).routes())
            .flatMap(List::stream)
            .toList());
  }

  @Bean
  @ConditionalOnProperty(name = ON_API_PORT, havingValue = "true")
  RouterFunction<ServerResponse> adminRoutes(AdminApi api) {
    return api.router();
  }
}
