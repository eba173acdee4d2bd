package dev.signalbox.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/// What an operator reads who has set what cannot be used.
@ExtendWith(OutputCaptureExtension.class)
class StartTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          max-body-bytes=20MB          | SIGNALBOX_MAX_BODY_BYTES: 20MB (expected: a whole number)
          byok.fee-percent=half        | SIGNALBOX_BYOK_FEE_PERCENT: half (expected: a number)
          drain.grace=soon             | SIGNALBOX_DRAIN_GRACE: soon (expected: a time, such as 30s or 10m)
          inbound.idle-timeout=0s      | SIGNALBOX_INBOUND_IDLE_TIMEOUT: 0s (expected: 0.1s or more)
          upstream.max-connections=0   | SIGNALBOX_UPSTREAM_MAX_CONNECTIONS: 0 (expected: 1 or more)
          admin.on-api-port=yes        | SIGNALBOX_ADMIN_ON_API_PORT: yes (expected: true or false)
          starting-credit=-5           | SIGNALBOX_STARTING_CREDIT: -5 (expected: 0 or more)
          pass-through.enabled=        | SIGNALBOX_PASS_THROUGH_ENABLED:  (expected: true or false)
          admin-key=short              | SIGNALBOX_ADMIN_KEY must have 24 characters or more.
          database-url=mysql://u:p@h/d | The database URL cannot be used: it must start with postgresql://
          ledger.journal-size=1KB      | signalbox.ledger.journal-size: 1024B (expected: at least 1MB)
          catalog=nowhere.yaml         | nowhere.yaml: cannot be read
          data=/dev/null               | (java.nio.file.FileSystemException: /dev/null/
          """)
  void whatCannotBeUsedStopsTheStartAndIsToldInASentence(
      String setting, String told, CapturedOutput output) {
    assertThat(started("--signalbox." + setting, output))
        .contains("APPLICATION FAILED TO START", told)
        .doesNotContain("\tat ")
        .doesNotContain("u:p@h");
  }

  @Test
  void soDoesADatabaseThatRefuses(CapturedOutput output) {
    String nowhere =
        PostgresFixture.url(PostgresFixture.migrated()).replaceFirst("[^/]*$", "nowhere");
    assertThat(started("--signalbox.database-url=" + nowhere, output))
        .contains("The database refuses: ", "\"nowhere\"", "(3D000)")
        .doesNotContain("\tat ");
  }

  /// Returns what a start says that fails.
  private String started(String setting, CapturedOutput output) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--management.server.port=0",
                // Nobody is there: what is wrong here is found without a database.
                "--signalbox.database-url=postgresql://nobody@127.0.0.1:1/none",
                "--signalbox.data=" + directory));
    String name = setting.substring(0, setting.indexOf('=') + 1);
    arguments.removeIf(argument -> argument.startsWith(name));
    arguments.add(setting);
    assertThatThrownBy(
        () ->
            new SpringApplicationBuilder(SignalboxApplication.class)
                .run(arguments.toArray(String[]::new))
                .close());
    return output.getAll();
  }
}
