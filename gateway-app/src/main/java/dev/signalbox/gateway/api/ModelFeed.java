package dev.signalbox.gateway.api;

import dev.signalbox.catalog.Model;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/// A list of models as RSS 2.0.
final class ModelFeed {
  private ModelFeed() {}

  /// @param chats links lead to a chat rather than to the model's endpoints
  static String of(List<Model> models, boolean chats) {
    var feed =
        new StringBuilder(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>"
                + "<title>Models</title><link>/api/v1/models</link>"
                + "<description>What can be called</description>");
    for (Model model : models) {
      String link =
          chats ? "/chat?models=" + model.slug() : "/api/v1/models/" + model.slug() + "/endpoints";
      String date =
          DateTimeFormatter.RFC_1123_DATE_TIME.format(
              Instant.ofEpochSecond(model.created()).atOffset(ZoneOffset.UTC));
      feed.append("<item><title>")
          .append(escaped(model.name()))
          .append("</title><link>")
          .append(escaped(link))
          .append("</link><guid isPermaLink=\"false\">")
          .append(escaped(model.slug()))
          .append("</guid><pubDate>")
          .append(date)
          .append("</pubDate><description>")
          .append(escaped(model.description().orElse("")))
          .append("</description></item>");
    }
    return feed.append("</channel></rss>\n").toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
