package dev.signalbox.gateway.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An object with some of its top-level members changed. What is unchanged is not copied.
public final class JsonSplice {
  private final Members members;

  /// New raw values by name; an empty one removes the member.
  private final Map<String, Optional<String>> changes = new HashMap<>();

  private final Map<String, String> added = new LinkedHashMap<>();

  private JsonSplice(Members members) {
    this.members = members;
  }

  public static JsonSplice of(Members members) {
    return new JsonSplice(members);
  }

  /// @param json the raw value
  public JsonSplice set(String name, String json) {
    if (members.index(name) >= 0) {
      changes.put(name, Optional.of(json));
    } else {
      added.put(name, json);
    }
    return this;
  }

  public JsonSplice remove(String name) {
    if (members.index(name) >= 0) {
      changes.put(name, Optional.empty());
    }
    added.remove(name);
    return this;
  }

  /// Returns the object in pieces: views of the original, and what is new between them.
  public List<ByteBuffer> pieces() {
    byte[] bytes = members.bytes();
    if (changes.isEmpty() && added.isEmpty()) {
      return List.of(ByteBuffer.wrap(bytes, members.open(), members.close() + 1 - members.open()));
    }
    var pieces = new ArrayList<ByteBuffer>();
    var fresh = new StringBuilder("{");
    int viewFrom = -1;
    int viewTo = -1;
    boolean first = true;
    for (int i = 0; i < members.count(); i++) {
      String name = members.name(i);
      Optional<String> change = changes.get(name);
      Members.Span value = members.span(i);
      if (change == null) {
        if (viewFrom < 0) {
          if (!first) {
            fresh.append(',');
          }
          flush(pieces, fresh);
          viewFrom = members.nameStart(i);
        }
        viewTo = value.to();
        first = false;
        continue;
      }
      if (viewFrom >= 0) {
        pieces.add(ByteBuffer.wrap(bytes, viewFrom, viewTo - viewFrom));
        viewFrom = -1;
      }
      if (change.isEmpty()) {
        continue;
      }
      if (!first) {
        fresh.append(',');
      }
      first = false;
      fresh.append(JsonText.quote(name)).append(':').append(change.get());
    }
    if (viewFrom >= 0) {
      pieces.add(ByteBuffer.wrap(bytes, viewFrom, viewTo - viewFrom));
    }
    for (var member : added.entrySet()) {
      if (!first) {
        fresh.append(',');
      }
      first = false;
      fresh.append(JsonText.quote(member.getKey())).append(':').append(member.getValue());
    }
    fresh.append('}');
    flush(pieces, fresh);
    return pieces;
  }

  /// Returns the object as one piece.
  public byte[] bytes() {
    var all = new ByteSink(members.close() - members.open() + 64);
    writeTo(all);
    return all.drain();
  }

  public void writeTo(ByteSink out) {
    for (ByteBuffer piece : pieces()) {
      out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }
  }

  private static void flush(List<ByteBuffer> pieces, StringBuilder fresh) {
    if (!fresh.isEmpty()) {
      pieces.add(ByteBuffer.wrap(fresh.toString().getBytes(StandardCharsets.UTF_8)));
      fresh.setLength(0);
    }
  }
}
