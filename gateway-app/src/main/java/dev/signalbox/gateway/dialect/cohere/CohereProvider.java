package dev.signalbox.gateway.dialect.cohere;

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

/// Cohere.
public final class CohereProvider implements ProviderHalf {
  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    byte[] body = Json.bytes(CohereRequestWriter.write(prompt, target));
    return new UpstreamRequest("/chat", List.of(ByteBuffer.wrap(body)), Map.of());
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new CohereAnswerReader();
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
