package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;
import java.math.BigDecimal;
import java.util.Optional;

/// Refuses parameters of the wrong type or out of range, naming them.
public final class Checks {
  private Checks() {}

  public static void stringIfPresent(Members members, String name) {
    if (members.has(name) && members.kind(name) != '"') {
      throw Problem.invalidRequest(name + ": not a string");
    }
  }

  public static void booleanIfPresent(Members members, String name) {
    char kind = members.kind(name);
    if (kind != 0 && kind != 't' && kind != 'f') {
      throw Problem.invalidRequest(name + ": not true or false");
    }
  }

  public static void arrayIfPresent(Members members, String name) {
    if (members.has(name) && members.kind(name) != '[') {
      throw Problem.invalidRequest(name + ": not an array");
    }
  }

  public static void objectIfPresent(Members members, String name) {
    if (members.has(name) && members.kind(name) != '{') {
      throw Problem.invalidRequest(name + ": not an object");
    }
  }

  public static void range(Members members, String name, int low, int high) {
    if (!members.has(name)) {
      return;
    }
    BigDecimal value =
        members.number(name).orElseThrow(() -> Problem.invalidRequest(name + ": not a number"));
    if (value.compareTo(BigDecimal.valueOf(low)) < 0
        || value.compareTo(BigDecimal.valueOf(high)) > 0) {
      throw Problem.invalidRequest("%s: not between %d and %d".formatted(name, low, high));
    }
  }

  /// The shorthand may repeat what the object says, but not contradict it.
  public static void reasoning(Members members) {
    Optional<String> shorthand = members.text("reasoning_effort");
    if (shorthand.isEmpty() || members.kind("reasoning") != '{') {
      return;
    }
    Optional<String> effort = members.within(members.span("reasoning")).text("effort");
    if (effort.isPresent() && !effort.equals(shorthand)) {
      throw Problem.invalidRequest("reasoning_effort contradicts reasoning.effort");
    }
  }
}
