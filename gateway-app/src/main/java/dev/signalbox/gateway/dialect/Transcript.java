package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The words of an answer, kept as they went by for a count that is needed only where the provider
/// sends none that can be believed. Bounded: of long answers the beginning is kept, and the length.
/// Not thread-safe.
public final class Transcript {
  /*
   * Words are kept as they stood between a JSON string's quotes, so that keeping them is a copy of a
   * few bytes and nothing is decoded for answers that are never counted.
   */

  /// What is kept of each kind of words.
  public static final int MAX_KEPT_BYTES = 64 * 1024;

  /// One kind of words.
  public static final class Words {
    private @Nullable ByteSink kept;
    private long bytes;

    void add(byte[] source, int from, int length) {
      if (length <= 0) {
        return;
      }
      bytes += length;
      ByteSink sink = kept;
      if (sink == null) {
        sink = new ByteSink(Math.clamp(length, 256, MAX_KEPT_BYTES));
        kept = sink;
      }
      int room = MAX_KEPT_BYTES - sink.length();
      sink.write(source, from, length <= room ? length : uptoSpace(source, from, room));
    }

    /// A blank is never part of an escape or of a longer character, so a cut at one is safe.
    private static int uptoSpace(byte[] source, int from, int room) {
      int length = room;
      while (length > 0 && source[from + length] != ' ') {
        length--;
      }
      return length;
    }

    /// The length of all words, kept or not.
    public long bytes() {
      return bytes;
    }

    public int keptBytes() {
      return kept == null ? 0 : kept.length();
    }

    boolean isWhole() {
      return keptBytes() == bytes;
    }

    /// What is kept, decoded.
    public String text() {
      if (kept == null) {
        return "";
      }
      var quoted = new ByteSink(kept.length() + 2);
      quoted.write('"');
      quoted.write(kept.array(), 0, kept.length());
      quoted.write('"');
      byte[] bytes = quoted.drain();
      return JsonText.decode(bytes, new Span(0, bytes.length));
    }
  }

  private final Words visible = new Words();
  private final Words thoughts = new Words();
  private @Nullable ToolCalls calls;
  private boolean distrusted;

  /// Adds words of the answer proper, or of a tool call.
  ///
  /// @param json a document, of which the stretch lies between a string's quotes
  public void visible(byte[] json, int from, int length) {
    visible.add(json, from, length);
  }

  public void visible(String text) {
    byte[] json = JsonText.quote(text).getBytes(StandardCharsets.UTF_8);
    visible.add(json, 1, json.length - 2);
  }

  public void thoughts(byte[] json, int from, int length) {
    thoughts.add(json, from, length);
  }

  public void thoughts(String text) {
    byte[] json = JsonText.quote(text).getBytes(StandardCharsets.UTF_8);
    thoughts.add(json, 1, json.length - 2);
  }

  /// Adds the name of a tool call, or a part of it: words of the answer as well.
  ///
  /// @param place of the call in the answer
  public void called(int place, byte[] json, int from, int length) {
    visible(json, from, length);
    calls().name(place, json, from, length);
  }

  public void called(int place, String name) {
    byte[] json = JsonText.quote(name).getBytes(StandardCharsets.UTF_8);
    called(place, json, 1, json.length - 2);
  }

  /// Adds to the arguments of a tool call: words of the answer as well.
  public void argued(int place, byte[] json, int from, int length) {
    visible(json, from, length);
    calls().arguments(place, json, from, length);
  }

  public void argued(int place, String arguments) {
    byte[] json = JsonText.quote(arguments).getBytes(StandardCharsets.UTF_8);
    argued(place, json, 1, json.length - 2);
  }

  private ToolCalls calls() {
    if (calls == null) {
      calls = new ToolCalls();
    }
    return calls;
  }

  /// The tool calls among the words.
  public Optional<ToolCalls> toolCalls() {
    return Optional.ofNullable(calls);
  }

  /// Notes that the provider sent counts that cannot be believed.
  public void distrust() {
    distrusted = true;
  }

  public boolean isDistrusted() {
    return distrusted;
  }

  /// Tells thoughts that a provider counted with the rest by their length.
  public Usage withThoughts(Usage counted) {
    if (counted.reasoning() > 0 || thoughts.bytes() == 0) {
      return counted;
    }
    long share = Math.min(counted.visible(), Lengths.answerTokens(thoughts.bytes()));
    return counted.withText(counted.visible() - share, share);
  }

  public Words visible() {
    return visible;
  }

  public Words thoughts() {
    return thoughts;
  }
}
