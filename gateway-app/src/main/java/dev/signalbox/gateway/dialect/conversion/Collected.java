package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// An answer put together from its events, in their order. Not thread-safe.
public final class Collected {
  /// A stretch of one kind.
  public sealed interface Block {
    /// Words.
    record Text(StringBuilder text) implements Block {}

    /// A readable thought.
    final class Thought implements Block {
      private final StringBuilder text = new StringBuilder();
      private final int number;
      private final String format;
      private @Nullable String signature;

      Thought(int number, String format) {
        this.number = number;
        this.format = format;
      }

      public String text() {
        return text.toString();
      }

      public int number() {
        return number;
      }

      public String format() {
        return format;
      }

      public Optional<String> signature() {
        return Optional.ofNullable(signature);
      }
    }

    /// A thought that cannot be read.
    record Sealed(Event.ThoughtSealed thought) implements Block {}

    /// A tool call.
    record Call(int number, String id, String name, StringBuilder arguments) implements Block {}

    /// A picture.
    record Picture(String dataUrl) implements Block {}
  }

  private final List<Block> blocks = new ArrayList<>();
  private final List<JsonNode> annotations = new ArrayList<>();
  private final StringBuilder refusal = new StringBuilder();
  private Optional<String> stopSequence = Optional.empty();
  private @Nullable JsonNode audio;
  private @Nullable JsonNode logprobs;

  public void add(Event event) {
    switch (event) {
      case Event.TextMore(var text) -> {
        if (!blocks.isEmpty() && blocks.getLast() instanceof Block.Text(var before)) {
          before.append(text);
        } else if (!text.isEmpty()) {
          blocks.add(new Block.Text(new StringBuilder(text)));
        }
      }
      case Event.RefusalMore(var text) -> refusal.append(text);
      case Event.ThoughtMore(var number, var text, var format) ->
          thought(number, format).text.append(text);
      case Event.ThoughtSigned(var number, var signature, var format) ->
          thought(number, format).signature = signature;
      case Event.ThoughtSealed sealed -> blocks.add(new Block.Sealed(sealed));
      case Event.CallBegun(var number, var id, var name) ->
          blocks.add(new Block.Call(number, id, name, new StringBuilder()));
      case Event.CallMore(var number, var arguments) -> {
        for (Block block : blocks) {
          if (block instanceof Block.Call call && call.number() == number) {
            call.arguments().append(arguments);
          }
        }
      }
      case Event.Pictured(var url) -> blocks.add(new Block.Picture(url));
      case Event.AudioMore(var heard) -> audio = heard;
      case Event.Annotated(var annotation) -> annotations.add(annotation);
      case Event.Likelihoods(var odds) -> logprobs = odds;
      case Event.Stopped(_, _, var sequence) -> stopSequence = sequence;
      case Event.Named _, Event.Counted _, Event.Tiered _, Event.Failed _ -> {}
    }
  }

  private Block.Thought thought(int number, String format) {
    for (Block block : blocks) {
      if (block instanceof Block.Thought thought && thought.number == number) {
        return thought;
      }
    }
    var thought = new Block.Thought(number, format);
    blocks.add(thought);
    return thought;
  }

  public List<Block> blocks() {
    return blocks;
  }

  public List<JsonNode> annotations() {
    return annotations;
  }

  public String refusal() {
    return refusal.toString();
  }

  public Optional<String> stopSequence() {
    return stopSequence;
  }

  public Optional<JsonNode> audio() {
    return Optional.ofNullable(audio);
  }

  public Optional<JsonNode> logprobs() {
    return Optional.ofNullable(logprobs);
  }

  /// Returns all words.
  public String text() {
    var all = new StringBuilder();
    for (Block block : blocks) {
      if (block instanceof Block.Text(var text)) {
        all.append(text);
      }
    }
    return all.toString();
  }
}
