package dev.signalbox.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "anthropic/*, anthropic/claude-sonnet-5, true",
    "anthropic/*, anthropics/claude, false",
    "openai/gpt-5*, openai/gpt-5, true",
    "openai/gpt-5*, openai/gpt-5.1-codex, true",
    "openai/gpt-5*, openai/gpt-4.5, false",
    "*/claude-*, anthropic/claude-opus-5, true",
    "*/claude-*, claude-opus-5, false",
    "openai/gpt-5, openai/gpt-5, true",
    "openai/gpt-5, openai/gpt-5.1, false",
    "openai/gpt-5, openai/gpt-5:free, false",
    "openai/gpt-5*, openai/gpt-5:free, true",
    "*:free, openai/gpt-5:free, true",
    "*:free, openai/gpt-5, false",
    "OpenAI/GPT-5, openai/gpt-5, true",
    "qwen/*, Qwen/Qwen3, true",
    "*, a/b, true",
    "***, a/b, true",
    "'', a/b, false",
    "a/b**c, a/bc, true",
    "a/b*b*b, a/bb, false",
    "a/?, a/b, false",
    "a/., a/b, false",
  })
  void aStarIsAnythingAndAllElseIsItself(String pattern, String slug, boolean matches) {
    assertThat(new Glob(pattern).matches(slug)).isEqualTo(matches);
  }

  @Test
  void itSaysWhatTheRegularExpressionWouldSay() {
    for (long seed = 0; seed < 20_000; seed++) {
      var random = new SplittableRandom(seed);
      String pattern = text(random, "ab*/", 8);
      String slug = text(random, "ab/", 10);
      String regex =
          Pattern.compile("\\*")
              .splitAsStream(pattern + "\0")
              .map(part -> Pattern.quote(part.replace("\0", "")))
              .collect(Collectors.joining(".*"));
      assertThat(new Glob(pattern).matches(slug))
          .as("seed %d: %s, %s", seed, pattern, slug)
          .isEqualTo(slug.matches(regex));
    }
  }

  private static String text(SplittableRandom random, String letters, int most) {
    return random
        .ints(random.nextInt(most), 0, letters.length())
        .mapToObj(i -> String.valueOf(letters.charAt(i)))
        .collect(Collectors.joining());
  }

  @Test
  void withoutAStarEveryNameOfAModelMeansIt() {
    var model =
        new Model(
            "acme/alpha",
            "acme/alpha-2026-01-01",
            "Alpha",
            1,
            Optional.empty(),
            1,
            new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty()),
            List.of("acme/alpha-old"),
            false,
            Map.of());
    assertThat(List.of("acme/alpha", "acme/alpha-2026-01-01", "ACME/alpha-old"))
        .allMatch(name -> new Glob(name).matches(model));
    assertThat(new Glob("acme/*-old").matches(model)).isFalse();
  }

  /// The most that a request may carry, against a slug that suits it badly.
  @Test
  void patternsThatAreMadeToBeSlowAreNot() {
    String slug = "a".repeat(60);
    List<Glob> globs =
        java.util.stream.IntStream.range(0, 1024)
            .mapToObj(i -> new Glob("*a".repeat(15) + "*aaaaaaaaaaaaaaaab" + i))
            .toList();
    long start = System.nanoTime();
    for (int i = 0; i < 180; i++) {
      assertThat(globs.stream().anyMatch(glob -> glob.matches(slug))).isFalse();
    }
    assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
  }
}
