package dev.signalbox.gateway.wire;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the top-level members of a JSON object lie in its bytes. What is nested is stepped over.
public final class Members {
  private static final int MAX_SCALE = 400;

  private final byte[] bytes;
  private final int open;
  private final LongTexts texts;
  private String[] names = new String[12];
  private int[] ranges = new int[48];
  private int count;
  private int close;

  /// A bit for each name: most that are asked for are not there.
  private long marks;

  private Members(byte[] bytes, int open, LongTexts texts) {
    this.bytes = bytes;
    this.open = open;
    this.texts = texts;
  }

  /// Reads a whole document.
  ///
  /// @throws MalformedJsonException if it is not one well-formed object, or if a name of its top
  ///   level is repeated or escaped: two readers could then take it for two different requests
  public static Members scan(Document document) {
    return scan(document.bytes(), document.length());
  }

  /// The same.
  public static Members scan(byte[] bytes) {
    return scan(bytes, bytes.length);
  }

  private static Members scan(byte[] bytes, int length) {
    var texts = new LongTexts();
    return whole(JsonScan.first(bytes, 0, length, texts), bytes, texts, true);
  }

  /// Reads an object inside a document that was scanned before.
  public static Members within(byte[] bytes, Span span) {
    var texts = new LongTexts();
    return whole(JsonScan.first(bytes, span.from(), span.to(), texts), bytes, texts, false);
  }

  /// Reads an object that is somewhere inside this one.
  public Members within(Span span) {
    return whole(JsonScan.again(bytes, span.from(), span.to(), texts), bytes, texts, false);
  }

  private static Members whole(JsonScan scan, byte[] bytes, LongTexts texts, boolean strict) {
    Members members = read(scan, bytes, texts, strict);
    if (scan.peek() >= 0) {
      throw scan.fault("something after the end");
    }
    return members;
  }

  private static Members read(JsonScan scan, byte[] bytes, LongTexts texts, boolean strict) {
    scan.expect('{');
    var members = new Members(bytes, scan.at() - 1, texts);
    if (!scan.take('}')) {
      do {
        if (scan.peek() != '"') {
          throw scan.fault("expected a member's name");
        }
        int nameStart = scan.at();
        scan.string();
        String name =
            new String(bytes, nameStart + 1, scan.at() - nameStart - 2, StandardCharsets.UTF_8);
        if (strict && name.indexOf('\\') >= 0) {
          throw scan.fault("escaped member name");
        }
        if (strict && members.index(name) >= 0) {
          throw scan.fault("repeated member '" + bounded(name) + "'");
        }
        scan.expect(':');
        scan.peek();
        int valueStart = scan.at();
        scan.value();
        members.add(name, nameStart, valueStart, scan.at());
      } while (scan.take(','));
      scan.expect('}');
    }
    members.close = scan.at() - 1;
    return members;
  }

  private static String bounded(String name) {
    return name.length() <= 64 ? name : name.substring(0, 64);
  }

  private void add(String name, int nameStart, int valueStart, int valueEnd) {
    if (count == names.length) {
      names = Arrays.copyOf(names, count * 2);
      ranges = Arrays.copyOf(ranges, count * 8);
    }
    names[count] = name;
    ranges[count * 4] = nameStart;
    ranges[count * 4 + 1] = valueStart;
    ranges[count * 4 + 2] = valueEnd;
    count++;
    marks |= mark(name);
  }

  private static long mark(String name) {
    int length = name.length();
    return length == 0 ? 1 : 1L << (length * 7 + name.charAt(0) * 3 + name.charAt(length - 1));
  }

  /// A stretch of a document's bytes.
  ///
  /// @param from the first byte's offset
  /// @param to the offset after the last
  public record Span(int from, int to) {
    public int length() {
      return to - from;
    }
  }

  public byte[] bytes() {
    return bytes;
  }

  /// The offset of the opening brace.
  int open() {
    return open;
  }

  /// The offset of the closing brace.
  int close() {
    return close;
  }

  public int count() {
    return count;
  }

  public String name(int index) {
    return names[index];
  }

  int nameStart(int index) {
    return ranges[index * 4];
  }

  public Span span(int index) {
    return new Span(ranges[index * 4 + 1], ranges[index * 4 + 2]);
  }

  int index(String name) {
    if ((marks & mark(name)) == 0) {
      return -1;
    }
    for (int i = 0; i < count; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /// Returns whether a member is there, if only as a null.
  public boolean names(String name) {
    return index(name) >= 0;
  }

  /// Returns whether a member is there and not null.
  public boolean has(String name) {
    int index = index(name);
    return index >= 0 && bytes[ranges[index * 4 + 1]] != 'n';
  }

  /// Returns a member's value, or null if it is absent or null.
  public @Nullable Span value(String name) {
    int index = index(name);
    return index >= 0 && bytes[ranges[index * 4 + 1]] != 'n' ? span(index) : null;
  }

  /// Returns the value of a member that is there.
  public Span span(String name) {
    int index = index(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "member: %s (expected: one that is there)".formatted(name));
    }
    return span(index);
  }

  /// Returns the first byte of a member's value: `{`, `[`, `"`, `t`, `f`, or of a number; 0 if
  /// absent or null.
  public char kind(String name) {
    int index = index(name);
    byte first = index < 0 ? 0 : bytes[ranges[index * 4 + 1]];
    return first == 'n' ? 0 : (char) first;
  }

  public boolean isTrue(String name) {
    return kind(name) == 't';
  }

  /// Returns a string member's text; empty if it is absent, null or no string.
  public Optional<String> text(String name) {
    Span span = value(name);
    return span == null || bytes[span.from()] != '"'
        ? Optional.empty()
        : Optional.of(JsonText.decode(bytes, span));
  }

  /// Returns a number member's exact value; empty if it is absent, null, or no number that anybody
  /// means: `1e999999999` would take a gigabyte once somebody asks for its digits.
  public Optional<BigDecimal> number(String name) {
    Span span = value(name);
    if (span == null || span.length() > 40) {
      return Optional.empty();
    }
    byte first = bytes[span.from()];
    if (first != '-' && (first < '0' || first > '9')) {
      return Optional.empty();
    }
    var number =
        new BigDecimal(new String(bytes, span.from(), span.length(), StandardCharsets.US_ASCII));
    return Math.abs((long) number.scale()) > MAX_SCALE ? Optional.empty() : Optional.of(number);
  }

  /// Takes the elements of an array one by one.
  public interface ElementHandler {
    /// @param object its members, or null if it is no object
    void element(int index, Span span, @Nullable Members object);
  }

  /// Reads the elements of an array that is somewhere inside this object and, in the same pass, the
  /// members of those that are objects.
  public void elements(Span array, ElementHandler handler) {
    var scan = JsonScan.again(bytes, array.from(), array.to(), texts);
    scan.expect('[');
    if (scan.take(']')) {
      return;
    }
    int index = 0;
    do {
      boolean object = scan.peek() == '{';
      int from = scan.at();
      Members members = null;
      if (object) {
        members = read(scan, bytes, texts, false);
      } else {
        scan.value();
      }
      handler.element(index++, new Span(from, scan.at()), members);
    } while (scan.take(','));
  }

  /// Returns the elements of an array that is somewhere inside this object.
  public List<Span> elements(Span array) {
    return elements(JsonScan.again(bytes, array.from(), array.to(), texts));
  }

  /// Returns the elements of an array.
  public static List<Span> elements(byte[] bytes, Span array) {
    return elements(JsonScan.first(bytes, array.from(), array.to(), new LongTexts()));
  }

  private static List<Span> elements(JsonScan scan) {
    scan.expect('[');
    var elements = new ArrayList<Span>();
    if (!scan.take(']')) {
      do {
        scan.peek();
        int from = scan.at();
        scan.value();
        elements.add(new Span(from, scan.at()));
      } while (scan.take(','));
    }
    return elements;
  }
}
