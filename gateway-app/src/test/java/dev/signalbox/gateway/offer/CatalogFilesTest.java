package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class CatalogFilesTest {
  @TempDir Path directory;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double failed() {
    return registry.get("signalbox.catalog.reloads").tag("outcome", "failed").counter().count();
  }

  @Test
  void aFileThatIsGoneIsCountedAtEveryLookAndToldOnce(CapturedOutput output) throws Exception {
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(file, "models: []\n");
    try (var files =
        new CatalogFiles(List.of(file), name -> null, registry, new HostRules(Set.of()))) {
      assertThat(failed()).isZero();
      Files.delete(file);
      Eventually.holds("three looks", () -> failed() >= 3);
      assertThat(output.getAll()).containsOnlyOnce(file + " (NoSuchFileException)");
      assertThat(files.holder().current().catalog().endpoints()).isEmpty();
    }
  }
}
