package dev.signalbox.gateway.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EffortsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          low,medium,high          | max     | high
          low,medium,high          | minimal | low
          low,medium,high          | none    | low
          low,medium,high          | medium  | medium
          none,high                | none    | none
          none,high                | minimal | high
          minimal,low,medium,high  | xhigh   | high
          low,high                 | medium  | low
          high                     | low     | high
          """)
  void theNearestIsTaken(String known, String asked, String expected) {
    var endpoint = Endpoints.target(Dialect.OPENAI).endpoint();
    var quirks = Quirks.of(new Target(endpoint, "m", Dialect.OPENAI, Set.of("efforts:" + known)));
    assertThat(Efforts.nearest(asked, quirks, List.of())).isEqualTo(expected);
  }
}
