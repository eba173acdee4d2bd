package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import dev.signalbox.gateway.dialect.openai.ChatAdjustments;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// Providers of OpenAI's chat, for callers who speak otherwise.
public final class ChatProvider implements ProviderHalf {
  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    Quirks quirks = Quirks.of(target);
    var request = ChatRequestWriter.write(prompt, target);
    if (prompt.stream() && !quirks.has(Quirk.NO_STREAM_OPTIONS)) {
      request.putObject("stream_options").put("include_usage", true);
    }
    ChatAdjustments.apply(request, quirks);
    return new UpstreamRequest(
        "/chat/completions", List.of(ByteBuffer.wrap(Json.bytes(request))), Map.of());
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return new ChatAnswerReader();
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
