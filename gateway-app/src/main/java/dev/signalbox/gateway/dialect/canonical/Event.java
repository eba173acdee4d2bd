package dev.signalbox.gateway.dialect.canonical;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A step of an answer, in no provider's words. A plain answer is the same steps, all at once.
public sealed interface Event {
  /// The provider's name of the answer.
  record Named(String upstreamId) implements Event {}

  /// More text.
  record TextMore(String text) implements Event {}

  /// More of a refusal's text.
  record RefusalMore(String text) implements Event {}

  /// More of a thought.
  ///
  /// @param block counts the answer's thoughts, from 0
  record ThoughtMore(int block, String text, String format) implements Event {}

  /// A thought's signature.
  record ThoughtSigned(int block, String signature, String format) implements Event {}

  /// A thought that cannot be read.
  record ThoughtSealed(int block, String data, Optional<String> id, String format)
      implements Event {}

  /// A tool call begins.
  ///
  /// @param call counts the answer's calls, from 0
  record CallBegun(int call, String id, String name) implements Event {}

  /// More of a call's arguments.
  record CallMore(int call, String arguments) implements Event {}

  /// A whole picture.
  record Pictured(String dataUrl) implements Event {}

  /// More sound, as OpenAI's `audio` object.
  record AudioMore(JsonNode audio) implements Event {}

  /// A citation or another annotation, as OpenAI writes it.
  record Annotated(JsonNode annotation) implements Event {
    /// Returns a citation of a page.
    ///
    /// @param words of it
    public static Annotated page(String url, String title, String words) {
      var note = Json.object().put("type", "url_citation");
      note.putObject("url_citation").put("url", url).put("title", title).put("content", words);
      return new Annotated(note);
    }
  }

  /// Log probabilities of the text before, as OpenAI writes them.
  record Likelihoods(JsonNode logprobs) implements Event {}

  /// The model stopped.
  ///
  /// @param raw the provider's own word
  record Stopped(StopReason reason, String raw, Optional<String> stopSequence) implements Event {}

  /// What the answer used so far; the last one counts.
  record Counted(Usage usage) implements Event {}

  /// The tier that served.
  record Tiered(String serviceTier) implements Event {}

  /// Something went wrong.
  record Failed(UpstreamFault fault) implements Event {}
}
