package dev.signalbox.gateway.dialect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tool calls of an answer, kept as they went by. Bounded. Not thread-safe.
public final class ToolCalls {
  private static final int MAX_CALLS = 128;

  private final Map<Integer, Growing> byPlace = new LinkedHashMap<>();
  private boolean cut;

  private static final class Growing {
    final Transcript.Words name = new Transcript.Words();
    final Transcript.Words arguments = new Transcript.Words();
  }

  /// One call, whole.
  ///
  /// @param arguments as the provider wrote them: JSON, one hopes
  public record Made(String name, String arguments) {}

  /// Adds to the name of a call.
  ///
  /// @param place of the call in the answer
  /// @param json a document, of which the stretch lies between a string's quotes
  public void name(int place, byte[] json, int from, int length) {
    Growing call = at(place);
    if (call != null) {
      call.name.add(json, from, length);
    }
  }

  /// Adds to the arguments of a call.
  public void arguments(int place, byte[] json, int from, int length) {
    Growing call = at(place);
    if (call != null) {
      call.arguments.add(json, from, length);
    }
  }

  private @Nullable Growing at(int place) {
    Growing known = byPlace.get(place);
    if (known == null && byPlace.size() < MAX_CALLS) {
      known = new Growing();
      byPlace.put(place, known);
    }
    cut |= known == null;
    return known;
  }

  /// Returns whether nothing of them was too long to be kept.
  public boolean areWhole() {
    return !cut
        && byPlace.values().stream()
            .allMatch(call -> call.name.isWhole() && call.arguments.isWhole());
  }

  public List<Made> made() {
    var made = new ArrayList<Made>(byPlace.size());
    byPlace.values().forEach(call -> made.add(new Made(call.name.text(), call.arguments.text())));
    return made;
  }
}
