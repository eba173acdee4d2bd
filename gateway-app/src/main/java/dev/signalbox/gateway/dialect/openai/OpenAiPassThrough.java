package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Pseudonym;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.Supported;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import java.util.List;
import java.util.Map;

/// Requests in OpenAI's format to providers of the same: only what must change is changed, and
/// fields we have never heard of reach the provider as they came.
public final class OpenAiPassThrough implements Translation {
  /// The gateway's own fields, which no provider should see.
  private static final List<String> OURS =
      List.of(
          "provider",
          "models",
          "route",
          "plugins",
          "transforms",
          "session_id",
          "preset",
          "trace",
          "debug",
          "usage");

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    Members members = glance.members();
    var splice = JsonSplice.of(members).set("model", JsonText.quote(target.upstreamModel()));
    OURS.forEach(splice::remove);
    var fields = ChatFields.of(members, splice);
    var supported = new Supported(target.endpoint().supportedParameters());
    for (String parameter : glance.parameters()) {
      if (!supported.knows(parameter)) {
        fields.remove(parameter);
      }
    }
    if (OpenAiCaller.offersNoTools(members)) {
      // OpenAI refuses an empty list, and a choice without one.
      OpenAiCaller.TOOL_FIELDS.forEach(fields::remove);
    }
    Quirks quirks = Quirks.of(target);
    if (glance.stream()) {
      if (quirks.has(Quirk.NO_STREAM_OPTIONS)) {
        splice.remove("stream_options");
      } else {
        splice.set("stream_options", "{\"include_usage\":true}");
      }
    }
    glance.user().ifPresent(user -> splice.set("user", JsonText.quote(Pseudonym.of(user))));
    if (glance.surface() == Surface.CHAT_COMPLETIONS) {
      // One answer is all that a chat has here.
      splice.remove("n");
    }
    if (glance.surface() == Surface.CHAT_COMPLETIONS || !quirks.isEmpty()) {
      new ChatAdjustments(fields, quirks).apply();
    }
    return new UpstreamRequest(glance.surface().path(), splice.pieces(), Map.of());
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return facts.stream()
        ? new OpenAiStreamRelay(glance, facts)
        : new OpenAiPlainRelay(glance, facts, glance.surface() == Surface.EMBEDDINGS);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
