package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.Framing;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Amazon Bedrock. A model's name is its id, its inference profile's, or an ARN.
public final class BedrockProvider implements ProviderHalf {
  /// Bedrock's own: the model itself failed.
  private static final int MODEL_ERROR = 424;

  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    String path = path(target, prompt.stream() ? "converse-stream" : "converse");
    byte[] body = Json.bytes(new BedrockRequestWriter(prompt, target).write());
    return new UpstreamRequest(path, List.of(ByteBuffer.wrap(body)), Map.of());
  }

  public static String path(Target target, String operation) {
    String model = URLEncoder.encode(target.upstreamModel(), StandardCharsets.UTF_8);
    return "/model/" + model + "/" + operation;
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new BedrockAnswerReader(
        ModelFamily.of(target.upstreamModel()), AnswerByTool.applies(prompt, target));
  }

  @Override
  public Framing framing() {
    return new EventStreamFraming();
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status == MODEL_ERROR ? 502 : status, body);
  }

  /// Reads what went wrong in the middle of a stream.
  static UpstreamFault exception(String kind, JsonNode data) {
    int status =
        switch (kind.toLowerCase(Locale.ROOT)) {
          case "throttlingexception" -> 429;
          case "validationexception" -> 400;
          case "accessdeniedexception" -> 403;
          case "serviceunavailableexception" -> 503;
          case "modeltimeoutexception" -> 504;
          default -> 502;
        };
    String words = Json.stringOr(data, "originalMessage", Json.stringOr(data, "message", ""));
    return Faults.of(status, words, kind);
  }
}
