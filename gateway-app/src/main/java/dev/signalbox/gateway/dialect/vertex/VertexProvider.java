package dev.signalbox.gateway.dialect.vertex;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.anthropic.AnthropicProvider;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.chat.ChatProvider;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.MediaByUrl;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import dev.signalbox.gateway.dialect.gemini.GeminiProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Vertex AI. A model's name says who published it: `anthropic/claude-…` is spoken to in
/// Anthropic's words, `meta/llama-…` and others in OpenAI's, `gemini-…` in Google's.
public final class VertexProvider implements ProviderHalf {
  static final String ANTHROPIC_VERSION = "vertex-2023-10-16";

  private final ProviderHalf gemini = new GeminiProvider();
  private final ProviderHalf anthropic = new AnthropicProvider();
  private final ProviderHalf openAi = new ChatProvider();

  private enum Publisher {
    GOOGLE,
    ANTHROPIC,
    OTHER
  }

  private static Publisher publisher(Target target) {
    String model = target.upstreamModel();
    int slash = model.indexOf('/');
    return switch (slash < 0 ? "google" : model.substring(0, slash)) {
      case "google" -> Publisher.GOOGLE;
      case "anthropic" -> Publisher.ANTHROPIC;
      default -> Publisher.OTHER;
    };
  }

  /// Returns whether it is one of Anthropic's models.
  public static boolean isClaude(Target target) {
    return publisher(target) == Publisher.ANTHROPIC;
  }

  static String claudePath(Target target, boolean stream) {
    return "/publishers/anthropic/models/"
        + model(target)
        + (stream ? ":streamRawPredict" : ":rawPredict");
  }

  private static String model(Target target) {
    String model = target.upstreamModel();
    return model.substring(model.indexOf('/') + 1);
  }

  private static Target named(Target target, String model) {
    return new Target(target.endpoint(), model, target.dialect(), target.quirks());
  }

  @Override
  public UpstreamRequest write(Prompt prompt, Target target) {
    return switch (publisher(target)) {
      case GOOGLE -> {
        var request = gemini.write(prompt, named(target, model(target)));
        yield new UpstreamRequest(
            "/publishers/google" + request.path(), request.body(), request.headers());
      }
      case ANTHROPIC -> claude(prompt, target);
      case OTHER -> {
        var request = openAi.write(prompt, target);
        yield new UpstreamRequest(
            "/endpoints/openapi" + request.path(), request.body(), request.headers());
      }
    };
  }

  /// The model goes into the path, the version into the body. There are no tiers to choose from.
  private UpstreamRequest claude(Prompt prompt, Target target) {
    MediaByUrl.refuse(prompt);
    var request = anthropic.write(prompt, target);
    ObjectNode body = (ObjectNode) Json.parse(whole(request.body()));
    body.remove("model");
    body.remove("service_tier");
    body.put("anthropic_version", ANTHROPIC_VERSION);
    var headers = new HashMap<>(request.headers());
    headers.remove("anthropic-version");
    return new UpstreamRequest(
        claudePath(target, prompt.stream()), List.of(ByteBuffer.wrap(Json.bytes(body))), headers);
  }

  private static byte[] whole(List<ByteBuffer> pieces) {
    int length = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
    var all = ByteBuffer.allocate(length);
    new ArrayList<>(pieces).forEach(piece -> all.put(piece.duplicate()));
    return all.array();
  }

  @Override
  public AnswerReader reader(Prompt prompt, Target target) {
    return switch (publisher(target)) {
      case GOOGLE -> gemini.reader(prompt, named(target, model(target)));
      case ANTHROPIC -> anthropic.reader(prompt, target);
      case OTHER -> openAi.reader(prompt, target);
    };
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
