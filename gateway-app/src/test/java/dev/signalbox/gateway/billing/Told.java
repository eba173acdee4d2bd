package dev.signalbox.gateway.billing;

import dev.signalbox.db.Eventually;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a caller was told.
///
/// @param id of the generation, if there was one
record Told(
    int status, String body, boolean stream, Optional<String> id, Optional<String> retryAfter) {
  private static final Pattern COST = Pattern.compile("\"cost\":([0-9.]+)");

  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Eventually.PATIENCE).build();

  /// Asks for an answer; throws if the connection ends before the answer does.
  ///
  /// @param members more of the request's, each with a comma before it
  static Told by(String base, String key, boolean stream, String members)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        HTTP.send(request(base, key, stream, members), BodyHandlers.ofString());
    return new Told(
        response.statusCode(),
        response.body(),
        stream,
        response.headers().firstValue("X-Generation-Id"),
        response.headers().firstValue("Retry-After"));
  }

  static HttpRequest request(String base, String key, boolean stream, String members) {
    return HttpRequest.newBuilder(URI.create(base + "/api/v1/chat/completions"))
        .header("Authorization", "Bearer " + key)
        .header("Content-Type", "application/json")
        .timeout(Eventually.PATIENCE)
        .POST(
            BodyPublishers.ofString(
                "{\"model\":\"acme/alpha\",\"stream\":%s%s,".formatted(stream, members)
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"))
        .build();
  }

  /// Whether the answer came to its end.
  boolean isWhole() {
    return status == 200
        && (stream
            ? body.endsWith("data: [DONE]\n\n") && !body.contains("\"error\":{")
            : !body.contains("\"error\":{"));
  }

  BigDecimal cost() {
    Matcher cost = COST.matcher(body);
    BigDecimal last = null;
    while (cost.find()) {
      last = new BigDecimal(cost.group(1));
    }
    if (last == null) {
      throw new AssertionError("no cost in " + body);
    }
    return last;
  }
}
