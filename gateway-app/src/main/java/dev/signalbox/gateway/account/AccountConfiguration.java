package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.Activity;
import dev.signalbox.billing.account.ApiKeys;
import dev.signalbox.billing.account.AuditLog;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.billing.account.Pepper;
import dev.signalbox.billing.account.PostgresApiKeys;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.db.Migrations;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

/// Keys: found, kept, and made at first start.
@Configuration(proxyBeanMethods = false)
@Import(AccountSettings.class)
class AccountConfiguration {
  @Bean
  Pepper pepper(AccountSettings settings) {
    return Pepper.of(settings.pepper(), settings.data());
  }

  @Bean(destroyMethod = "close")
  PostgresApiKeys apiKeys(DatabaseClient database, DatabaseAddress address, Pepper pepper) {
    return new PostgresApiKeys(database, DatabaseConfiguration.factory(address), pepper);
  }

  @Bean
  AuditLog auditLog(DatabaseClient database) {
    return new AuditLog(database);
  }

  @Bean
  KeyStore keyStore(
      DatabaseClient database,
      ReactiveTransactionManager transactions,
      AuditLog audit,
      Pepper pepper) {
    return new KeyStore(database, TransactionalOperator.create(transactions), audit, pepper);
  }

  @Bean
  Callers callers(ApiKeys keys) {
    return new Callers(keys);
  }

  @Bean
  PepperCheck pepperCheck(DatabaseClient database, Migrations migrations, Pepper pepper) {
    return new PepperCheck(database, migrations, pepper);
  }

  @Bean
  FirstStart firstStart(
      DatabaseClient database,
      ReactiveTransactionManager transactions,
      KeyStore keys,
      PepperCheck pepper,
      AccountSettings settings,
      Migrations migrations,
      ObjectProvider<Spending> spending) {
    return new FirstStart(
        database,
        TransactionalOperator.create(transactions),
        keys,
        pepper,
        settings,
        migrations,
        spending);
  }

  @Bean
  Activity activity(DatabaseClient database) {
    return new Activity(database);
  }

  @Bean
  KeysEndpoint keysEndpoint(Callers callers, KeyStore keys, ObjectProvider<Spending> spending) {
    return new KeysEndpoint(callers, keys, spending);
  }
}
