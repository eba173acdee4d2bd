package dev.signalbox.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ChartTest {
  private static final Path CHART = Path.of("signalbox").toAbsolutePath();

  private static List<HasMetadata> render(String... settings) {
    var command = new Helm(CHART).template().withName("box").withKubeVersion("1.33.0");
    for (int i = 0; i < settings.length; i += 2) {
      command.set(settings[i], settings[i + 1]);
    }
    return Arrays.stream(command.call().split("(?m)^---\\s*$"))
        .filter(document -> document.contains("kind:"))
        .map(document -> (HasMetadata) Serialization.unmarshal(document))
        .toList();
  }

  private static StatefulSet statefulSet(List<HasMetadata> objects) {
    return only(objects, StatefulSet.class);
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
            "autoscaling.enabled",
            "true",
            "networkPolicy.managementFrom[0].namespaceSelector.matchLabels.name",
            "monitoring",
            "networkPolicy.extraEgress[0].ports[0].port",
            "11434");
    assertThat(objects)
        .extracting(HasMetadata::getKind)
        .contains(
            "StatefulSet",
            "Service",
            "PodDisruptionBudget",
            "NetworkPolicy",
            "HorizontalPodAutoscaler",
            "ConfigMap");
    for (HasMetadata object : objects) {
      assertThat(unknownFields(object, object.getKind())).isEmpty();
    }
  }

  /// Fields that the object's class does not know, at any depth.
  private static List<String> unknownFields(Object value, String path) {
    var unknown = new ArrayList<String>();
    switch (value) {
      case Collection<?> many -> many.forEach(one -> unknown.addAll(unknownFields(one, path)));
      case Map<?, ?> map ->
          map.forEach((key, one) -> unknown.addAll(unknownFields(one, path + "." + key)));
      case KubernetesResource resource -> {
        for (Method getter : resource.getClass().getMethods()) {
          if (!getter.getName().startsWith("get") || getter.getParameterCount() > 0) {
            continue;
          }
          try {
            Object held = getter.invoke(resource);
            if (!getter.getName().equals("getAdditionalProperties")) {
              unknown.addAll(unknownFields(held, path + "." + getter.getName().substring(3)));
            } else if (!(resource instanceof Quantity)) {
              ((Map<?, ?>) held).keySet().forEach(name -> unknown.add(path + "." + name));
            }
          } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
          }
        }
      }
      case null, default -> {}
    }
    return unknown;
  }

  @Test
  void aMisspeltFieldWouldBeFound() {
    StatefulSet set = statefulSet(render());
    set.getSpec().getTemplate().getSpec().setAdditionalProperty("imagePulSecrets", "x");
    assertThat(unknownFields(set, "StatefulSet"))
        .containsExactly("StatefulSet.Spec.Template.Spec.imagePulSecrets");
  }

  @Test
  void thePolicyLetsNobodyNearTheOperatorsPortAndNothingIntoTheClustersNetworks() {
    NetworkPolicy closed = only(render(), NetworkPolicy.class);
    assertThat(closed.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
    assertThat(closed.getSpec().getIngress())
        .flatExtracting(rule -> rule.getPorts())
        .extracting(port -> port.getPort().getStrVal())
        .containsExactly("api");
    assertThat(closed.getSpec().getEgress())
        .filteredOn(rule -> rule.getPorts().getFirst().getPort().getIntVal() == 443)
        .flatExtracting(rule -> rule.getTo())
        .flatExtracting(
            peer ->
                peer.getIpBlock().getExcept() == null ? List.of() : peer.getIpBlock().getExcept())
        .contains("10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16");
    NetworkPolicy watched =
        only(
            render("networkPolicy.managementFrom[0].namespaceSelector.matchLabels.name", "mon"),
            NetworkPolicy.class);
    var management = watched.getSpec().getIngress().getLast();
    assertThat(management.getPorts().getFirst().getPort().getStrVal()).isEqualTo("management");
    assertThat(management.getFrom().getFirst().getNamespaceSelector().getMatchLabels())
        .containsEntry("name", "mon");
  }

  @Test
  void theOperatorsObjectsAreThereWhenAskedFor() {
    List<HasMetadata> objects = render("serviceMonitor.enabled", "true", "alerts.enabled", "true");
    GenericKubernetesResource monitor = generic(objects, "ServiceMonitor");
    GenericKubernetesResource rules = generic(objects, "PrometheusRule");
    assertThat((String) monitor.get("spec", "endpoints", 0, "path"))
        .isEqualTo("/actuator/prometheus");
    Map<String, String> selected = monitor.get("spec", "selector", "matchLabels");
    assertThat(objects)
        .filteredOn(Service.class::isInstance)
        .filteredOn(
            one -> one.getMetadata().getLabels().entrySet().containsAll(selected.entrySet()))
        .singleElement()
        .extracting(one -> ((Service) one).getSpec().getPorts().getFirst().getName())
        .isEqualTo("management");
    List<Map<String, Object>> alerts = rules.get("spec", "groups", 0, "rules");
    assertThat(alerts)
        .hasSizeGreaterThan(4)
        .allSatisfy(rule -> assertThat(rule).containsKey("expr"));
  }

  private static GenericKubernetesResource generic(List<HasMetadata> objects, String kind) {
    return (GenericKubernetesResource)
        objects.stream().filter(one -> one.getKind().equals(kind)).findFirst().orElseThrow();
  }

  private static <T extends HasMetadata> T only(List<HasMetadata> objects, Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }

  @Test
  void anAlertSeesTheFirstOfWhatWasNeverCountedBefore() {
    GenericKubernetesResource rules = generic(render("alerts.enabled", "true"), "PrometheusRule");
    List<Map<String, Object>> alerts = rules.get("spec", "groups", 0, "rules");
    assertThat(alerts)
        .filteredOn(alert -> alert.get("alert").equals("SignalboxCredentialsRefused"))
        .singleElement()
        .extracting(alert -> String.valueOf(alert.get("expr")).replaceAll("\\s+", " "))
        .asString()
        .contains("increase(")
        .contains(
            "{outcome=\"bad_credentials\"} unless"
                + " signalbox_attempts_total{outcome=\"bad_credentials\"} offset 10m");
  }

  @Test
  void settingsThatTheChartDoesNotKnowReachThePodAndItsOwnAreNotOverridden() {
    assertThat(
            statefulSet(render("settings.SIGNALBOX_ALLOWED_HOSTS", "vllm.lan"))
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv())
        .filteredOn(variable -> variable.getName().equals("SIGNALBOX_ALLOWED_HOSTS"))
        .singleElement()
        .extracting(EnvVar::getValue)
        .isEqualTo("vllm.lan");
    assertThatThrownBy(() -> render("settings.SIGNALBOX_PEPPER", "x"))
        .hasMessageContaining("SIGNALBOX_PEPPER");
  }

  @Test
  void aPrivateRegistryAndCertainNodesCanBeNamed() {
    var pod =
        statefulSet(
                render(
                    "image.pullSecrets[0]", "registry",
                    "nodeSelector.disk", "fast",
                    "tolerations[0].key", "dedicated"))
            .getSpec()
            .getTemplate()
            .getSpec();
    assertThat(pod.getImagePullSecrets())
        .singleElement()
        .extracting(LocalObjectReference::getName)
        .isEqualTo("registry");
    assertThat(pod.getNodeSelector()).containsEntry("disk", "fast");
    assertThat(pod.getTolerations().getFirst().getKey()).isEqualTo("dedicated");
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
  void theJvmIsGivenTheFlagsThatTheImagesCacheWasMadeWith() throws Exception {
    String flags =
        XPathFactory.newInstance()
            .newXPath()
            .evaluate(
                "//*[local-name() = 'image.java.options']",
                new InputSource(Path.of("../gateway-app/pom.xml").toUri().toString()));
    assertThat(flags).contains("-XX:");
    assertThat(
            statefulSet(render())
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv())
        .filteredOn(variable -> variable.getName().equals("JAVA_TOOL_OPTIONS"))
        .singleElement()
        .extracting(EnvVar::getValue)
        .isEqualTo(flags);
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
    assertThat(pod.getContainers().getFirst().getLifecycle().getPreStop().getSleep().getSeconds())
        .isEqualTo(5);
    assertThat(pod.getContainers().getFirst().getEnv())
        .anyMatch(
            variable ->
                variable.getName().equals("SIGNALBOX_DRAIN_GRACE")
                    && variable.getValue().equals("120s"))
        .anyMatch(
            variable ->
                variable.getName().equals("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE")
                    && variable.getValue().equals("135s"));
  }

  @Test
  void answersWaitForTheDiskUnlessToldOtherwise() {
    assertThat(ledgerSync()).isEqualTo("before-answer");
    assertThat(ledgerSync("journal.sync", "after-answer")).isEqualTo("after-answer");
    assertThatThrownBy(() -> ledgerSync("journal.sync", "never")).hasMessageContaining("sync");
  }

  private static String ledgerSync(String... settings) {
    var pod = statefulSet(render(settings)).getSpec().getTemplate().getSpec();
    return pod.getContainers().getFirst().getEnv().stream()
        .filter(variable -> variable.getName().equals("SIGNALBOX_LEDGER_SYNC"))
        .map(EnvVar::getValue)
        .collect(Collectors.joining());
  }

  @Test
  void anOldClusterGetsNoHookThatItDoesNotKnow() {
    String old = new Helm(CHART).template().withName("box").withKubeVersion("1.28.0").call();
    assertThat(old).contains("kind: StatefulSet").doesNotContain("preStop");
  }

  @Test
  void aMisspeltValueIsRefused() {
    assertThatThrownBy(() -> render("replcas", "3")).hasMessageContaining("replcas");
  }
}
