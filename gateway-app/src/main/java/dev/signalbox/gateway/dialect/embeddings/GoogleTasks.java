package dev.signalbox.gateway.dialect.embeddings;

import java.util.Locale;

/// What an embedding is for, in Google's words.
final class GoogleTasks {
  private GoogleTasks() {}

  static String of(String inputType) {
    return switch (inputType.toLowerCase(Locale.ROOT)) {
      case "search_query", "query" -> "RETRIEVAL_QUERY";
      case "search_document", "document", "passage" -> "RETRIEVAL_DOCUMENT";
      default -> inputType.toUpperCase(Locale.ROOT);
    };
  }
}
