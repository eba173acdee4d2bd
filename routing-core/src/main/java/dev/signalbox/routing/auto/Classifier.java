package dev.signalbox.routing.auto;

import static java.util.Map.entry;

import dev.signalbox.catalog.TaskType;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells from a few signs what a prompt asks for.
public final class Classifier {
  /*
   * Words and marks, no model: a wrong guess costs little, since every candidate can serve the
   * request, and a right one only picks another list of favourites. What the request itself says
   * (images, tools, a schema) is sure, and counts before what its text suggests; but a text that is
   * clearly about code or calculation is told from one that merely carries tools.
   *
   * A word among the first of a prompt is what is asked for; further on it may be what is talked
   * about, and counts less. Words marked with `?` mean other things as well, and count less still.
   */
  private static final int ENOUGH = 3;

  private static final int OPENING = 8;

  /// Open a request without saying anything of it.
  private static final Set<String> COURTESIES =
      Set.of("please", "can", "could", "would", "you", "i", "me", "a", "an", "the", "my", "this");

  private record Sign(TaskType type, boolean clear) {}

  private static final Map<String, Sign> WORDS =
      words(
          entry(
              TaskType.CODE,
              "code python java javascript typescript golang kotlin sql regex debug refactor"
                  + " compile compiler algorithm unittest bash html css yaml dockerfile codebase"
                  + " codice programmiere código bug? function? script? api? class? json? endpoint?"
                  + " rust? repository? program? method?"),
          entry(
              TaskType.MATH,
              "calculate compute solve integral derivative prove theorem polynomial equation"
                  + " algebra berechne löse beweise gleichung calcula calcule résous ecuación"
                  + " équation probability? matrix? sum? geometry? percent? fraction? proof?"
                  + " triangle?"),
          entry(
              TaskType.TRANSLATION,
              "translate translation übersetze übersetzen übersetzung traduce traducir traduis"
                  + " traduire traduction traduci traduzir traduza переведи перевод"),
          entry(
              TaskType.SUMMARY,
              "summarize summarise summary tldr condense zusammenfassen zusammenfassung fasse"
                  + " resume resumen résume résumé resumir riassumi shorten? abstract?"),
          entry(
              TaskType.EXTRACTION,
              "extract classify categorize categorise extrahiere klassifiziere extrae extraer"
                  + " extraire label? parse? entities?"),
          entry(
              TaskType.WRITING,
              "essay poem blog rewrite rephrase proofread headline slogan lyrics haiku novel"
                  + " gedicht geschichte aufsatz cuento ensayo poème story letter? email? article?"
                  + " speech? tweet? caption? brief?"));

  /// What is found without knowing where words end.
  private static final Map<String, Sign> MARKS = marks();

  private Classifier() {}

  public static TaskType classify(Features features) {
    if (features.media()) {
      return TaskType.VISION;
    }
    TaskType told = ofText(features.text().toLowerCase(Locale.ROOT));
    if (told == TaskType.CODE || told == TaskType.MATH) {
      return told;
    }
    if (features.tools()) {
      return TaskType.AGENT;
    }
    if (features.structured()) {
      return TaskType.EXTRACTION;
    }
    if (told != null) {
      return told;
    }
    return features.reasoning() ? TaskType.REASONING : TaskType.GENERAL;
  }

  private static @Nullable TaskType ofText(String text) {
    var scores = new int[TaskType.values().length];
    MARKS.forEach(
        (mark, sign) -> {
          if (text.contains(mark)) {
            scores[sign.type().ordinal()] += sign.clear() ? ENOUGH : ENOUGH - 1;
          }
        });
    scores[TaskType.MATH.ordinal()] += calculates(text) ? ENOUGH : 0;
    // Of two that are as likely, the one that was named first.
    int best = countWords(text, scores);
    for (int i = 0; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return scores[best] >= ENOUGH ? TaskType.values()[best] : null;
  }

  /// Returns whether there is an operator between two numbers: `12 * 7`.
  private static boolean calculates(String text) {
    for (int i = 1; i < text.length() - 1; i++) {
      if ("*+^=×÷".indexOf(text.charAt(i)) >= 0
          && isDigit(beside(text, i, -1))
          && isDigit(beside(text, i, 1))) {
        return true;
      }
    }
    return false;
  }

  /// The character next to a place, one blank apart or none.
  private static char beside(String text, int at, int step) {
    int next = at + step;
    boolean blank = text.charAt(next) == ' ';
    return blank && next + step >= 0 && next + step < text.length()
        ? text.charAt(next + step)
        : text.charAt(next);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /// Returns the task that is named first.
  private static int countWords(String text, int[] scores) {
    int first = -1;
    int count = 0;
    int from = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean letter = i < text.length() && Character.isLetter(text.charAt(i));
      if (letter && from < 0) {
        from = i;
      } else if (!letter && from >= 0) {
        String word = text.substring(from, i);
        from = -1;
        count += COURTESIES.contains(word) ? 0 : 1;
        Sign sign = WORDS.get(word);
        if (sign != null) {
          first = first < 0 ? sign.type().ordinal() : first;
          boolean opens = count <= OPENING;
          scores[sign.type().ordinal()] += !opens ? 1 : sign.clear() ? ENOUGH : ENOUGH - 1;
        }
      }
    }
    return Math.max(0, first);
  }

  @SafeVarargs
  private static Map<String, Sign> words(Map.Entry<TaskType, String>... lists) {
    var words = new HashMap<String, Sign>();
    for (var list : lists) {
      for (String word : list.getValue().split(" ")) {
        boolean clear = !word.endsWith("?");
        words.put(
            clear ? word : word.substring(0, word.length() - 1), new Sign(list.getKey(), clear));
      }
    }
    return Map.copyOf(words);
  }

  private static Map<String, Sign> marks() {
    var marks = new HashMap<String, Sign>();
    for (String code :
        List.of(
            "```", "traceback (most recent", "exception in thread", "#include", "console.log")) {
      marks.put(code, new Sign(TaskType.CODE, true));
    }
    for (String code :
        List.of("def ", "();", "=> {", "public static", "std::", "</", "};", "npm ", "return ")) {
      marks.put(code, new Sign(TaskType.CODE, false));
    }
    for (String math : List.of("\\frac", "\\sum", "\\int", "$$", "\\sqrt", "√", "∫", "∑")) {
      marks.put(math, new Sign(TaskType.MATH, true));
    }
    for (String translation : List.of("翻译", "翻訳", "번역")) {
      marks.put(translation, new Sign(TaskType.TRANSLATION, true));
    }
    for (String summary : List.of("总结", "要約", "요약")) {
      marks.put(summary, new Sign(TaskType.SUMMARY, true));
    }
    return Map.copyOf(marks);
  }
}
