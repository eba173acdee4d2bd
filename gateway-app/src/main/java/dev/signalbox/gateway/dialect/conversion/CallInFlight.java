package dev.signalbox.gateway.dialect.conversion;

/// A tool call whose arguments may still be coming. Not thread-safe.
public final class CallInFlight {
  private final int number;
  private final String id;
  private final String name;

  private final StringBuilder waiting = new StringBuilder();
  private int depth;
  private boolean anything;
  private boolean quoted;
  private boolean escaped;

  public CallInFlight(int number, String id, String name) {
    this.number = number;
    this.id = id;
    this.name = name;
  }

  public int number() {
    return number;
  }

  public String id() {
    return id;
  }

  public String name() {
    return name;
  }

  public void add(String arguments) {
    waiting.append(arguments);
    for (int i = 0; i < arguments.length(); i++) {
      step(arguments.charAt(i));
    }
  }

  private void step(char c) {
    if (escaped) {
      escaped = false;
    } else if (quoted) {
      escaped = c == '\\';
      quoted = c != '"';
    } else {
      switch (c) {
        case '"' -> quoted = true;
        case '{', '[' -> {
          depth++;
          anything = true;
        }
        case '}', ']' -> depth--;
        default -> {}
      }
    }
  }

  /// Returns whether the arguments are an object with an end.
  public boolean isWhole() {
    return anything && depth <= 0 && !quoted;
  }

  /// Returns what came since it was last asked.
  public String drain() {
    String more = waiting.toString();
    waiting.setLength(0);
    return more;
  }
}
