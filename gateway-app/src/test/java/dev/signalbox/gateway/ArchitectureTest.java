package dev.signalbox.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

@AnalyzeClasses(packages = "dev.signalbox", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule routingIsPure =
      onlyDependsOn("routing..", "vitals..", "catalog..", "pricing..");

  @ArchTest static final ArchRule vitalsArePure = onlyDependsOn("vitals..", "catalog..");
  @ArchTest static final ArchRule catalogsArePure = onlyDependsOn("catalog..", "pricing..");
  @ArchTest static final ArchRule pricesArePure = onlyDependsOn("pricing..");
  @ArchTest static final ArchRule bytesAreJustBytes = onlyDependsOn("gateway.wire..");

  @ArchTest
  static final ArchRule onlyHealthKnowsTheBreakersLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.signalbox.gateway.health..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.github.resilience4j..");

  @ArchTest
  static final ArchRule dialectsKnowNeitherSocketsNorTheFramework =
      noClasses()
          .that()
          .resideInAPackage("dev.signalbox.gateway.dialect..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework..", "reactor..", "io.netty..");

  @ArchTest
  static final ArchRule noAmountIsBinaryFloatingPoint =
      fields()
          .that()
          .areDeclaredInClassesThat()
          .resideInAnyPackage("dev.signalbox.pricing..", "dev.signalbox.billing..")
          .should()
          .notHaveRawType(double.class)
          .andShould()
          .notHaveRawType(float.class);

  private static ArchRule onlyDependsOn(String self, String... others) {
    var allowed = new ArrayList<>(List.of("java..", "org.jspecify..", "dev.signalbox." + self));
    Arrays.stream(others).map("dev.signalbox."::concat).forEach(allowed::add);
    return classes()
        .that()
        .resideInAPackage("dev.signalbox." + self)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(String[]::new)));
  }
}
