package dev.signalbox.gateway.dialect.gemini;

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

/// Google's Gemini at AI Studio. A stream of it has no end mark: its connection ends.
public final class GeminiProvider implements ProviderHalf {
  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    String method = prompt.stream() ? ":streamGenerateContent?alt=sse" : ":generateContent";
    byte[] body = Json.bytes(new GeminiRequestWriter(prompt, target).write());
    return new UpstreamRequest(
        "/models/" + target.upstreamModel() + method, List.of(ByteBuffer.wrap(body)), Map.of());
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new GeminiAnswerReader();
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
