package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.openai.PreferencesReader;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What an account and a key say of every request, as one.
class DefaultsTest {
  private static Preferences of(String provider) {
    return PreferencesReader.read(provider.getBytes(StandardCharsets.UTF_8));
  }

  private static Preferences both(String account, String key) {
    return Defaults.both(of(account), of(key));
  }

  @Test
  void allowListsIntersectAndAnEmptyIntersectionAllowsNobody() {
    assertThat(both("{\"only\":[\"pa\",\"pb\"]}", "{\"only\":[\"PB\",\"pc\"]}").only())
        .contains(Set.of("pb"));
    assertThat(both("{\"only\":[\"pa\"]}", "{\"only\":[\"pa/turbo\",\"pax\"]}").only())
        .contains(Set.of("pa/turbo"));
    assertThat(both("{\"only\":[\"pa/turbo\"]}", "{\"only\":[\"pa\"]}").only())
        .contains(Set.of("pa/turbo"));
    assertThat(both("{}", "{\"only\":[\"pa\"]}").only()).contains(Set.of("pa"));
    Optional<Set<String>> none = both("{\"only\":[\"pa\"]}", "{\"only\":[\"pb\"]}").only();
    assertThat(none).isPresent();
    assertThat(none.get()).isNotEmpty().doesNotContain("pa", "pb");
    assertThat(
            both("{\"quantizations\":[\"fp8\"]}", "{\"quantizations\":[\"fp4\"]}").quantizations())
        .isNotEmpty()
        .doesNotContain("fp8", "fp4");
  }

  @Test
  void denyListsUniteAndTheStricterLimitHolds() {
    Preferences both =
        both(
            "{\"ignore\":[\"pa\"],\"zdr\":true,\"max_price\":{\"prompt\":1,\"completion\":5}}",
            "{\"ignore\":[\"pb\"],\"zdr\":false,\"data_collection\":\"deny\","
                + "\"max_price\":{\"prompt\":2,\"completion\":3}}");
    assertThat(both.ignore()).containsExactlyInAnyOrder("pa", "pb");
    assertThat(both.zdr()).isTrue();
    assertThat(both.denyDataCollection()).isTrue();
    assertThat(both.maxPrice())
        .isEqualTo(Map.of("prompt", BigDecimal.ONE, "completion", new BigDecimal(3)));
  }

  @Test
  void whatOnlyOrdersIsTheKeysWhereItSaysSo() {
    assertThat(both("{\"sort\":\"price\"}", "{}").sort()).contains(SortKey.PRICE);
    assertThat(both("{\"sort\":\"price\"}", "{\"sort\":\"latency\"}").sort())
        .contains(SortKey.LATENCY);
    Preferences ordered = both("{\"sort\":\"price\"}", "{\"order\":[\"pc\"]}");
    assertThat(ordered.order()).containsExactly("pc");
    assertThat(ordered.sort()).isEmpty();
  }
}
