package dev.signalbox.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChartTest {
  private static final Path CHART = Path.of("signalbox").toAbsolutePath();

  private static List<HasMetadata> render(String... settings) {
    var command = new Helm(CHART).template().withName("box");
    for (int i = 0; i < settings.length; i += 2) {
      command.set(settings[i], settings[i + 1]);
    }
    return Arrays.stream(command.call().split("(?m)^---\\s*$"))
        .filter(document -> document.contains("kind:"))
        .map(document -> (HasMetadata) Serialization.unmarshal(document))
        .toList();
  }

  private static StatefulSet statefulSet(List<HasMetadata> objects) {
    return (StatefulSet)
        objects.stream().filter(StatefulSet.class::isInstance).findFirst().orElseThrow();
  }

  @Test
  void theLinterHasNothingToSay() {
    var result = new Helm(CHART).lint().strict().call();
    assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
  }

  @Test
  void everyObjectIsOneThatTheClusterKnowsAndHasOnlyKnownFields() {
    List<HasMetadata> objects =
        render(
            "catalog",
            "models: []",
            "providerSecrets[0]",
            "keys",
            "serviceMonitor.enabled",
            "false");
    assertThat(objects)
        .extracting(HasMetadata::getKind)
        .contains("StatefulSet", "Service", "PodDisruptionBudget", "NetworkPolicy", "ConfigMap");
    StatefulSet set = statefulSet(objects);
    assertThat(set.getAdditionalProperties()).isEmpty();
    assertThat(set.getSpec().getAdditionalProperties()).isEmpty();
    var pod = set.getSpec().getTemplate().getSpec();
    assertThat(pod.getAdditionalProperties()).isEmpty();
    assertThat(pod.getContainers().getFirst().getAdditionalProperties()).isEmpty();
  }

  @Test
  void thePodMayDoNothingThatItNeedNot() {
    var pod = statefulSet(render()).getSpec().getTemplate().getSpec();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    var container = pod.getContainers().getFirst().getSecurityContext();
    assertThat(container.getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
  }

  @Test
  void secretsComeFromSecretsThatExist() {
    var environment =
        statefulSet(render("database.secret", "pg"))
            .getSpec()
            .getTemplate()
            .getSpec()
            .getContainers()
            .getFirst()
            .getEnv();
    for (String name :
        List.of("SIGNALBOX_DATABASE_URL", "SIGNALBOX_ADMIN_KEY", "SIGNALBOX_PEPPER")) {
      var variable =
          environment.stream().filter(one -> one.getName().equals(name)).findFirst().orElseThrow();
      assertThat(variable.getValue()).isNull();
      assertThat(variable.getValueFrom().getSecretKeyRef().getName()).isNotBlank();
    }
  }

  @Test
  void aPodHasTimeToDrainBeforeItIsKilled() {
    var pod = statefulSet(render("drainSeconds", "120")).getSpec().getTemplate().getSpec();
    assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(120 + 5);
    assertThat(pod.getContainers().getFirst().getEnv())
        .anyMatch(
            variable ->
                variable.getName().equals("SIGNALBOX_DRAIN_GRACE")
                    && variable.getValue().equals("120s"));
  }

  @Test
  void aMisspeltValueIsRefused() {
    assertThatThrownBy(() -> render("replcas", "3")).hasMessageContaining("replcas");
  }
}
