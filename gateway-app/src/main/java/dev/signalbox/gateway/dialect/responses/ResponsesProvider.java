package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// Providers of OpenAI's Responses: some models are served only there. Nothing is stored there.
///
/// @param path before the dialect's own
public record ResponsesProvider(String path) implements ProviderHalf {
  static final String FORMAT = "openai-responses-v1";

  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    byte[] body = Json.bytes(new ResponsesRequestWriter(prompt, target).write());
    return new UpstreamRequest(path + "/responses", List.of(ByteBuffer.wrap(body)), Map.of());
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new ResponsesAnswerReader();
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
