package dev.signalbox.gateway.plugin;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes prompts fit that are too long: on by default for short contexts, on or off for all where
/// the request says so.
public final class ContextCompression {
  /// Endpoints up to this context compress unless told not to.
  public static final long SHORT_CONTEXT = 8_192;

  /// The most messages that Claude takes.
  private static final int CLAUDES_MESSAGES = 1_000;

  private static final long LEAST_COMPLETION = 16;

  private ContextCompression() {}

  /// A prompt that fits.
  ///
  /// @param stage for the pipeline of `openrouter_metadata`; null if nothing was done
  public record Fitted(Glance glance, @Nullable String stage) {}

  /// Returns whether prompts to an endpoint may be shortened.
  public static boolean applies(PluginWishes wishes, Endpoint endpoint) {
    return wishes.compression().orElse(endpoint.contextLength() <= SHORT_CONTEXT);
  }

  /// Returns a request as it could be routed if its prompt were shortened: to endpoints with half
  /// of the context that it needs.
  public static Glance halved(Glance glance) {
    long completion = glance.maxTokens().orElse(0);
    long half = (glance.promptTokens() + completion) / 2;
    return glance.withPromptTokens(Math.max(1, half - completion));
  }

  /// The same, to any endpoint.
  public static Glance any(Glance glance) {
    return glance.withPromptTokens(1);
  }

  /// Returns the request with a prompt that fits an endpoint.
  ///
  /// @throws Problem 400 if it cannot be made to fit
  public static Fitted fitted(
      Glance glance,
      PluginWishes wishes,
      Endpoint endpoint,
      Dialect dialect,
      CallerDialect reader) {
    boolean claude = dialect == Dialect.ANTHROPIC || endpoint.model().author().equals("anthropic");
    long completion =
        glance
            .maxTokens()
            .orElse(Math.clamp(endpoint.contextLength() / 8, LEAST_COMPLETION, 1_024));
    boolean tooLong =
        glance.promptTokens() + glance.maxTokens().orElse(0) > endpoint.contextLength();
    boolean tooMany = claude && wishes.compression().orElse(false);
    if ((!tooLong && !tooMany) || !applies(wishes, endpoint)) {
      return new Fitted(glance, null);
    }
    Members members = glance.members();
    long others = others(members);
    // A margin, for what estimates by length miss.
    long budget = (endpoint.contextLength() - completion) * 9 / 10 - others;
    return budget > 0
        ? shortened(glance, budget, claude, tooLong, endpoint, reader)
        : refused(glance, endpoint);
  }

  private static long others(Members members) {
    long bytes = 0;
    for (String name : new String[] {"tools", "system", "response_format"}) {
      bytes += members.has(name) ? members.span(name).length() : 0;
    }
    return bytes / 4;
  }

  private static Fitted shortened(
      Glance glance,
      long budget,
      boolean claude,
      boolean tooLong,
      Endpoint endpoint,
      CallerDialect reader) {
    Members members = glance.members();
    if (members.kind("messages") == '[') {
      Optional<MiddleOut.Shortened> shorter =
          new MiddleOut(glance.body().bytes(), budget)
              .messages(members.span("messages"), claude ? CLAUDES_MESSAGES : Integer.MAX_VALUE);
      if (shorter.isPresent()) {
        return new Fitted(
            reread(glance, "messages", shorter.get().messages(), reader),
            Pipeline.stage(
                "context_compression",
                "context-compression",
                "removed=%d, truncated=%d"
                    .formatted(shorter.get().removed(), shorter.get().truncated())));
      }
    } else if (members.kind("prompt") == '"') {
      String prompt = members.text("prompt").orElse("");
      long excess = members.span("prompt").length() - budget * 4;
      Optional<String> shorter = MiddleOut.middleOut(prompt, excess);
      if (shorter.isPresent()) {
        return new Fitted(
            reread(glance, "prompt", JsonText.quote(shorter.get()), reader),
            Pipeline.stage("context_compression", "context-compression", "removed=0, truncated=1"));
      }
    }
    return tooLong ? refused(glance, endpoint) : new Fitted(glance, null);
  }

  private static Fitted refused(Glance glance, Endpoint endpoint) {
    throw Problem.of(
        400,
        "context_length_exceeded",
        ("This endpoint's maximum context length is %d tokens. However, you requested about %d"
                + " tokens, and the prompt cannot be shortened enough.")
            .formatted(
                endpoint.contextLength(), glance.promptTokens() + glance.maxTokens().orElse(0)));
  }

  private static Glance reread(Glance glance, String name, String json, CallerDialect reader) {
    var body = new ByteSink(json.length() + 256);
    JsonSplice.of(glance.members())
        .set(name, json)
        .pieces()
        .forEach(
            piece ->
                body.write(
                    piece.array(), piece.arrayOffset() + piece.position(), piece.remaining()));
    return reader.glance(glance.surface(), body.drain()).forwarding(glance.forwarded());
  }
}
