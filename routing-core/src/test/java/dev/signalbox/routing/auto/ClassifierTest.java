package dev.signalbox.routing.auto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.TaskType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassifierTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "hello | GENERAL",
        "What is the capital of France? | GENERAL",
        "Who wrote Faust, and when? | GENERAL",
        "Which function does the heart have? | GENERAL",
        "On 2024/05/01 we met 3/4 of them. | GENERAL",
        "Write a Python function that merges two sorted lists | CODE",
        "Why does this fail?\\n```\\nint x = null;\\n``` | CODE",
        "Can you please refactor this class? | CODE",
        "Traceback (most recent call last): File a.py | CODE",
        "def f(x):\\n  return x | CODE",
        "What is 12 * 7? | MATH",
        "Solve x^2 = 4 for x | MATH",
        "Prove that the square root of two is irrational | MATH",
        "Evaluate $$\\int_0^1 x dx$$ | MATH",
        "Berechne die Zinsen | MATH",
        "Translate to German: good morning | TRANSLATION",
        "Bitte übersetze das ins Englische | TRANSLATION",
        "翻译成英文：你好 | TRANSLATION",
        "Summarize the following report | SUMMARY",
        "总结一下这篇文章 | SUMMARY",
        "Classify this ticket as bug or wish | EXTRACTION",
        "Write a poem about the sea | WRITING",
        "Rewrite this so that it sounds friendlier | WRITING",
        "Write a haiku about a compiler | WRITING",
      })
  void whatAPromptAsksFor(String text, TaskType expected) {
    String prompt = text.replace("\\n", "\n");
    assertThat(Classifier.classify(new Features(prompt, false, false, false, false)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "hello, true, true, true, true, VISION",
    "hello, false, true, true, true, AGENT",
    "hello, false, false, true, true, EXTRACTION",
    "hello, false, false, false, true, REASONING",
    "'', false, false, false, false, GENERAL",
    "Debug this code, false, true, true, true, CODE",
    "Debug this code, true, false, false, false, VISION",
    "Write a poem, false, true, false, false, AGENT",
    "Write a poem, false, false, false, true, WRITING",
  })
  void whatTheRequestItselfSaysCountsFirst(
      String text,
      boolean media,
      boolean tools,
      boolean structured,
      boolean reasoning,
      TaskType expected) {
    assertThat(Classifier.classify(new Features(text, media, tools, structured, reasoning)))
        .isEqualTo(expected);
  }

  @Test
  void theLongestTextItGetsTakesAFractionOfAMillisecond() {
    var features = new Features("a1 + ".repeat(820).substring(0, 4096), false, false, false, false);
    for (int i = 0; i < 2_000; i++) {
      Classifier.classify(features);
    }
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 200; i++) {
      long start = System.nanoTime();
      Classifier.classify(features);
      best = Math.min(best, System.nanoTime() - start);
    }
    assertThat(best).isLessThan(500_000);
  }
}
