package dev.signalbox.gateway.passthrough;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.problem.Problem;
import java.net.URI;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassThroughPathTest {
  private static final URI BASE = URI.create("https://api.acme.example:8443/v1");

  @Test
  void plainPathsAndQueriesGoBelowTheBase() {
    assertThat(PassThroughPath.below(BASE, "/files/file-1/content", "a=b&c=%20d"))
        .hasToString("https://api.acme.example:8443/v1/files/file-1/content?a=b&c=%20d");
    assertThat(PassThroughPath.below(BASE, "/fine_tuning/jobs/", null))
        .hasToString("https://api.acme.example:8443/v1/fine_tuning/jobs/");
    assertThat(PassThroughPath.below(BASE, "/models/gemini:batch", ""))
        .hasToString("https://api.acme.example:8443/v1/models/gemini:batch");
  }

  @Test
  void callersCredentialsDoNot() {
    assertThat(PassThroughPath.below(BASE, "/files", "key=mine&limit=2&API_KEY=x&access_token=y"))
        .hasToString("https://api.acme.example:8443/v1/files?limit=2");
    assertThat(PassThroughPath.below(BASE, "/files", "%6bey=mine&limit=2&api%5Fkey=x"))
        .hasToString("https://api.acme.example:8443/v1/files?limit=2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "//evil.example/x",
        "/..",
        "/../admin",
        "/files/..",
        "/files/../../x",
        "/./x",
        "/%2e%2e/x",
        "/%2E%2E/x",
        "/.%2e/x",
        "/files/%2e%2e%2fadmin",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a\\b",
        "/a//b",
        "/%252e%252e/x",
        "/a%25",
        "/a;b",
        "/a%3bb",
        "/a%00",
        "/a%0d%0aHost:%20x",
        "/a%7f",
        "/a b",
        "/a%",
        "/a%g1",
        "/a#b",
        "/a?b",
        "/\u00e4"
      })
  void whatCouldBeReadAsAnotherPlaceIsRefused(String path) {
    assertThatThrownBy(() -> PassThroughPath.below(BASE, path, null))
        .isInstanceOf(Problem.class)
        .satisfies(problem -> assertThat(((Problem) problem).status()).isEqualTo(400));
  }

  @Test
  void anythingElseStaysAtTheHostAndBelowTheBase() {
    var random = new Random(3);
    String alphabet = "ab.:@%2eEfF/\\5c?#;&=[]{}\u0000 ~\"<>|^`é";
    int passed = 0;
    for (int i = 0; i < 50_000; i++) {
      var path = new StringBuilder("/");
      for (int n = random.nextInt(12); n >= 0; n--) {
        path.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        URI target = PassThroughPath.below(BASE, path.toString(), null);
        passed++;
        assertThat(target.getHost()).isEqualTo("api.acme.example");
        assertThat(target.getPort()).isEqualTo(8443);
        assertThat(target.normalize().getPath()).as(path.toString()).startsWith("/v1/");
        assertThat(target.getPath()).doesNotContain("/../").doesNotContain("//");
      } catch (Problem refused) {
        assertThat(refused.status()).isEqualTo(400);
      }
    }
    assertThat(passed).isGreaterThan(100);
  }
}
