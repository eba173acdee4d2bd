package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// Anthropic, and who speaks its Messages.
public final class AnthropicProvider implements ProviderHalf {
  public static final Map<String, String> VERSION = Map.of("anthropic-version", "2023-06-01");

  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    byte[] body = Json.bytes(new AnthropicRequestWriter(prompt, target).write());
    return new UpstreamRequest("/messages", List.of(ByteBuffer.wrap(body)), VERSION);
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new AnthropicAnswerReader(AnswerByTool.applies(prompt, target));
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return AnthropicFaults.of(status, body);
  }
}
