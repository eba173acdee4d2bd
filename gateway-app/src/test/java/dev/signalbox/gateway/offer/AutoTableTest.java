package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.gateway.offer.CatalogLoader.Source;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.io.ClassPathResource;

class AutoTableTest {
  private static final String CATALOG =
      """
      providers:
        - {slug: pa, dialect: openai, base_url: "https://pa.example/v1"}
      models:
        - {id: acme/alpha, aliases: [acme/old], endpoints: [{provider: pa, pricing: {prompt: "1", completion: "1"}}]}
        - {id: acme/beta, endpoints: [{provider: pa, pricing: {prompt: "1", completion: "1"}}]}
      """;

  private static Catalog load(String... tables) {
    var sources = new ArrayList<Source>();
    sources.add(new Source("catalog.yaml", CATALOG));
    Stream.of(tables).map(table -> new Source("auto.yaml", table)).forEach(sources::add);
    return CatalogLoader.load(sources, Map.<String, String>of()::get, 1).catalog();
  }

  @Test
  void withoutATableFreeVariantsAreTheReserve() {
    assertThat(load().favourites()).isEqualTo(Favourites.NONE);
    assertThat(load("auto: {code: [acme/beta]}").favourites().reserve())
        .isEqualTo(Favourites.NONE.reserve());
  }

  @Test
  void listsOfSeveralFilesAreJoined() {
    Catalog catalog =
        load("auto: {code: [acme/b*], default: [acme/old]}", "auto: {code: [acme/alpha]}");
    Favourites favourites = catalog.favourites();
    var alpha = catalog.model("acme/alpha").orElseThrow();
    var beta = catalog.model("acme/beta").orElseThrow();
    assertThat(favourites.place(TaskType.CODE, beta)).isZero();
    assertThat(favourites.place(TaskType.CODE, alpha)).isEqualTo(1);
    assertThat(favourites.place(TaskType.MATH, alpha)).isZero();
    assertThat(favourites.place(TaskType.MATH, beta)).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "auto: 5 | not an object",
        "auto: [acme/alpha] | not an object",
        "auto: {coding: [acme/alpha]} | auto.coding: no such task",
        "auto: {code: acme/alpha} | auto.code: not a list",
        "auto: {code: [[acme/alpha]]} | auto.code: not a list of texts",
        "auto: {code: [acme/gamma]} | acme/gamma: no such model",
        "auto: {reserve: [acme/gamma]} | acme/gamma: no such model",
      })
  void aFaultInItIsToldAndTheCatalogRefused(String table, String fault) {
    assertThatThrownBy(() -> load(table))
        .isInstanceOf(InvalidCatalogException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void theShippedTablesNameModelsThatAreThere() throws Exception {
    var sources = new ArrayList<Source>();
    for (String name : List.of("catalog/sandbox.yaml", "catalog/default.yaml")) {
      String text = new ClassPathResource(name).getContentAsString(StandardCharsets.UTF_8);
      sources.add(new Source(name, text));
    }
    Catalog catalog = CatalogLoader.load(sources, Map.<String, String>of()::get, 1).catalog();
    Favourites favourites = catalog.favourites();
    Stream.concat(
            favourites.byTask().values().stream().flatMap(List::stream),
            favourites.always().stream())
        .forEach(
            glob ->
                assertThat(catalog.models().anyMatch(glob::matches)).as(glob.toString()).isTrue());
    assertThat(favourites.reserved(catalog.model("signalbox/sandbox").orElseThrow()))
        .isBetween(1, favourites.reserved(catalog.model("signalbox/sandbox:free").orElseThrow()));
  }
}
