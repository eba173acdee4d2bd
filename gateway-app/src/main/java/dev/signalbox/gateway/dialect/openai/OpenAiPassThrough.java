package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Requests in OpenAI's format to providers of the same: only what must change is changed, and
/// fields we have never heard of reach the provider as they came.
///
/// Quirks: `no_stream_options` (the provider refuses `stream_options`), `max_completion_tokens` and
/// `max_tokens` (the only spelling of the limit that it knows).
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
    var supported = target.endpoint().supportedParameters();
    for (String parameter : glance.parameters()) {
      boolean limit = parameter.equals("max_tokens") || parameter.equals("max_completion_tokens");
      if (!supported.isEmpty() && !supported.contains(parameter) && !limit) {
        splice.remove(parameter);
      }
    }
    if (glance.stream()) {
      if (target.quirks().contains("no_stream_options")) {
        splice.remove("stream_options");
      } else {
        splice.set("stream_options", "{\"include_usage\":true}");
      }
    }
    if (target.quirks().contains("max_completion_tokens")) {
      splice.rename("max_tokens", "max_completion_tokens");
    } else if (target.quirks().contains("max_tokens")) {
      splice.rename("max_completion_tokens", "max_tokens");
    }
    glance.user().ifPresent(user -> splice.set("user", JsonText.quote(pseudonym(user))));
    return new UpstreamRequest(glance.surface().path(), splice.pieces(), Map.of());
  }

  /// A provider can tell end users apart, but learns nothing of who they are.
  private static String pseudonym(String user) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(user.getBytes(StandardCharsets.UTF_8));
      return "user-" + HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return facts.stream()
        ? new OpenAiStreamRelay(glance, facts)
        : new OpenAiPlainRelay(glance, facts, glance.surface() == Surface.EMBEDDINGS);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return OpenAiFaults.read(status, body);
  }
}
