package dev.signalbox.bench;

import java.nio.charset.StandardCharsets;

/// Requests of a given size.
final class Prompts {
  private static final String TEXT =
      "Signals tell a train where it may go; the points decide where it does. \\\"Proceed\\\" is"
          + " green,\\n\\u2014 and a caution is yellow. Zwölf Züge warten am Gleis. ";

  private Prompts() {}

  /// Returns a chat request of about so many bytes.
  static byte[] chat(String model, boolean stream, int bytes) {
    String head =
        "{\"model\":\"%s\",%s\"max_tokens\":256,\"temperature\":0.7,\"messages\":[{\"role\":\"system\",\"content\":\"You are helpful.\"},{\"role\":\"user\",\"content\":\""
            .formatted(model, stream ? "\"stream\":true," : "");
    String tail = "\"}]}";
    var text = new StringBuilder(head);
    while (text.length() + TEXT.length() + tail.length() < bytes) {
      text.append(TEXT);
    }
    return text.append(tail).toString().getBytes(StandardCharsets.UTF_8);
  }
}
