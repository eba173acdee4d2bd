package dev.signalbox.gateway.dialect.azure;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Requests in OpenAI's format to deployments at Azure. The model's name is the deployment's.
///
/// Quirk: `api_version:` and a version, where the usual one will not do.
///
/// @param openAi says the rest
public record AzurePassThrough(Translation openAi) implements Translation {
  private static final String VERSION_QUIRK = "api_version:";
  private static final String USUAL_VERSION = "2024-10-21";

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    var request = openAi.request(glance, target);
    String path =
        "/openai/deployments/%s%s?api-version=%s"
            .formatted(
                URLEncoder.encode(target.upstreamModel(), StandardCharsets.UTF_8),
                request.path(),
                version(target));
    return new UpstreamRequest(path, request.body(), request.headers());
  }

  private static String version(Target target) {
    return target.quirks().stream()
        .filter(quirk -> quirk.startsWith(VERSION_QUIRK))
        .map(quirk -> quirk.substring(VERSION_QUIRK.length()))
        .findFirst()
        .orElse(USUAL_VERSION);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return openAi.relay(glance, target, facts);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return openAi.fault(status, body);
  }
}
