package dev.signalbox.gateway.dialect.conversion;

/// Ids of tool calls in the letters that every provider takes.
public final class ToolIds {
  private static final int MAX_CHARACTERS = 64;

  private ToolIds() {}

  /// Returns the id itself where it will do; else one that is the same for the same id.
  public static String plain(String id) {
    String plain = id.replaceAll("[^A-Za-z0-9_-]", "_");
    if (plain.length() > MAX_CHARACTERS) {
      String hash = Integer.toHexString(id.hashCode());
      plain = plain.substring(0, MAX_CHARACTERS - 9) + '_' + hash;
    }
    return plain.isEmpty() ? "call" : plain;
  }
}
