package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.Needle;
import java.util.List;

/// Pictures and documents that are only named, at providers that fetch none. The gateway fetches
/// nothing either: whoever could make it would reach what it can reach.
public final class MediaByUrl {
  private static final Needle URL = Needle.of("\"url\"");

  private MediaByUrl() {}

  /// @throws Problem 400 if there is one
  public static void refuse(Prompt prompt) {
    for (Message message : prompt.messages()) {
      refuse(message.parts());
    }
  }

  private static void refuse(List<Part> parts) {
    for (Part part : parts) {
      switch (part) {
        case Part.Image image -> refuse("image", image.url());
        case Part.File file -> file.url().ifPresent(url -> refuse("document", url));
        case Part.ToolResult result -> refuse(result.content());
        case Part.Text _,
            Part.Audio _,
            Part.Video _,
            Part.Thought _,
            Part.SealedThought _,
            Part.ToolCall _ -> {}
      }
    }
  }

  private static void refuse(String kind, String url) {
    if (!url.startsWith("data:")) {
      throw Problem.invalidRequest(
          "%s: by URL (expected: a data URL, for this provider)".formatted(kind));
    }
  }

  /// Returns whether a body may hold one: a look that costs no parsing.
  public static boolean mayBeIn(Document document) {
    return URL.isIn(document);
  }
}
