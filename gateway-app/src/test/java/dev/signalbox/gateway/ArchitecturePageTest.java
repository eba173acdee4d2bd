package dev.signalbox.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitecturePageTest {
  private static final Path ROOT = Path.of("..");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "routing-core/src/main/java/dev/signalbox",
        "billing/src/main/java/dev/signalbox/billing",
        "gateway-app/src/main/java/dev/signalbox/gateway"
      })
  void everyPackageIsNamed(String source) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/architecture.md"));
    try (Stream<Path> entries = Files.list(ROOT.resolve(source))) {
      assertThat(entries.filter(Files::isDirectory))
          .isNotEmpty()
          .allSatisfy(folder -> assertThat(page).contains("`" + folder.getFileName() + "`"));
    }
  }
}
