package dev.signalbox.gateway.health;

import java.util.Arrays;

/// What one endpoint did over a day: how often it answered, and how its tool calls were. Not
/// thread-safe.
final class Day {
  /*
   * The day is a ring of parts of ten minutes. A part is emptied when it is first written to anew, so
   * nothing has to be done as time passes; readers leave out parts whose number is too old.
   */
  private static final int SLOTS_PER_PART = 60;
  private static final int PARTS = 144;

  /// Tool calls count for two hours.
  private static final int TOOL_PARTS = 12;

  private final long[] numbers = new long[PARTS];
  private final long[] successes = new long[PARTS];
  private final long[] failures = new long[PARTS];
  private final long[] toolAnswers = new long[PARTS];
  private final long[] toolErrors = new long[PARTS];

  Day() {
    Arrays.fill(numbers, Long.MIN_VALUE);
  }

  /// Returns whether a [slot][Measurements#SLOT_MILLIS] is of the last day.
  static boolean holds(long slot, long now) {
    return slot / SLOTS_PER_PART > now / SLOTS_PER_PART - PARTS;
  }

  void add(long slot, int successes, int failures) {
    int index = part(slot);
    this.successes[index] += successes;
    this.failures[index] += failures;
  }

  void addTools(long slot, int answers, int errors) {
    int index = part(slot);
    toolAnswers[index] += answers;
    toolErrors[index] += errors;
  }

  private int part(long slot) {
    long number = Math.floorDiv(slot, SLOTS_PER_PART);
    int index = Math.floorMod(number, PARTS);
    if (numbers[index] != number) {
      numbers[index] = number;
      successes[index] = 0;
      failures[index] = 0;
      toolAnswers[index] = 0;
      toolErrors[index] = 0;
    }
    return index;
  }

  /// Returns how many answers with tool calls were looked into in two hours.
  long toolAnswers(long now) {
    return ofTwoHours(toolAnswers, now);
  }

  /// Returns how many of them had a call that could not be made.
  long toolErrors(long now) {
    return ofTwoHours(toolErrors, now);
  }

  private long ofTwoHours(long[] parts, long now) {
    long current = Math.floorDiv(now, SLOTS_PER_PART);
    long sum = 0;
    for (long number = current - TOOL_PARTS + 1; number <= current; number++) {
      int index = Math.floorMod(number, PARTS);
      sum += numbers[index] == number ? parts[index] : 0;
    }
    return sum;
  }

  /// Returns the share of requests answered, from 0 to 1, or -1 where there were none.
  double uptime(long now) {
    long oldest = Math.floorDiv(now, SLOTS_PER_PART) - PARTS;
    long answered = 0;
    long unanswered = 0;
    for (int i = 0; i < PARTS; i++) {
      if (numbers[i] > oldest) {
        answered += successes[i];
        unanswered += failures[i];
      }
    }
    return share(answered, unanswered);
  }

  static double share(long successes, long failures) {
    return successes + failures == 0 ? -1 : successes / (double) (successes + failures);
  }
}
