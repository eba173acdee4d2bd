package dev.signalbox.gateway.wire;

/// Steps over JSON values in bytes, checking that they are well-formed and building nothing. In a
/// long text, only the escapes at its start are checked.
final class JsonScan {
  /// Nesting beyond this is refused, not followed.
  private static final int MAX_DEPTH = 64;

  /// Names, models and words are shorter; what is longer is for a model to read, not for us.
  private static final int CHECKED_BYTES = 256;

  private static final int MAX_EXPONENT_DIGITS = 3;
  private static final int MAX_NUMBER_BYTES = 512;

  private final byte[] bytes;
  private final int end;
  private final LongTexts texts;

  /// Whether the document was read before: its texts are known, and sound.
  private final boolean again;

  private int nextText;
  private int at;

  private JsonScan(byte[] bytes, int from, int end, LongTexts texts, boolean again) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
    this.texts = texts;
    this.again = again;
    this.nextText = again ? texts.firstFrom(from) : 0;
  }

  /// Reads bytes for the first time, and notes the long texts.
  static JsonScan first(byte[] bytes, int from, int end, LongTexts texts) {
    return new JsonScan(bytes, from, end, texts, false);
  }

  /// Reads bytes that were read before.
  ///
  /// @param texts of the whole document
  static JsonScan again(byte[] bytes, int from, int end, LongTexts texts) {
    return new JsonScan(bytes, from, end, texts, true);
  }

  int at() {
    return at;
  }

  /// Returns the next byte that is not white space without stepping over it; -1 at the end.
  int peek() {
    while (at < end) {
      byte b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return b;
      }
      at++;
    }
    return -1;
  }

  void expect(char wanted) {
    if (peek() != wanted) {
      throw fault("expected '" + wanted + "'");
    }
    at++;
  }

  boolean take(char wanted) {
    if (peek() == wanted) {
      at++;
      return true;
    }
    return false;
  }

  void value() {
    value(0);
  }

  private void value(int depth) {
    if (depth > MAX_DEPTH) {
      throw fault("nested deeper than " + MAX_DEPTH);
    }
    switch (peek()) {
      case '"' -> string();
      case '{' -> object(depth);
      case '[' -> array(depth);
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      case -1 -> throw fault("unexpected end");
      default -> number();
    }
  }

  private void object(int depth) {
    at++;
    if (take('}')) {
      return;
    }
    do {
      if (peek() != '"') {
        throw fault("expected a member's name");
      }
      string();
      expect(':');
      value(depth + 1);
    } while (take(','));
    expect('}');
  }

  private void array(int depth) {
    at++;
    if (take(']')) {
      return;
    }
    do {
      value(depth + 1);
    } while (take(','));
    expect(']');
  }

  /// Steps over a string, its quotes included.
  void string() {
    if (again && isKnown()) {
      return;
    }
    byte[] b = bytes;
    int start = at;
    int i = start + 1;
    int stop = Math.min(end, start + CHECKED_BYTES);
    while (true) {
      i = TextSearch.special(b, i, stop);
      if (i >= stop) {
        i = closing(i);
      }
      byte c = b[i];
      if (c == '"') {
        at = i + 1;
        if (!again) {
          texts.found(start, at);
        }
        return;
      }
      if (c != '\\') {
        at = i;
        throw fault("control character in a string");
      }
      i = escape(i);
    }
  }

  /// Returns where a text ends of which only the first bytes are looked at in full.
  private int closing(int from) {
    int close = TextSearch.closing(bytes, from, end);
    if (close < 0) {
      at = from;
      throw fault("control character in a string");
    }
    if (close >= end) {
      at = end;
      throw fault("unclosed string");
    }
    return close;
  }

  private boolean isKnown() {
    while (texts.isPast(nextText, at)) {
      nextText++;
    }
    int to = texts.end(nextText, at);
    if (to >= 0) {
      at = to;
    }
    return to >= 0;
  }

  private int escape(int i) {
    if (i + 1 >= end) {
      at = end;
      throw fault("unclosed string");
    }
    switch (bytes[i + 1]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return i + 2;
      }
      case 'u' -> {
        for (int k = i + 2; k < i + 6; k++) {
          if (k >= end || Character.digit(bytes[k], 16) < 0) {
            at = i;
            throw fault("bad escape");
          }
        }
        return i + 6;
      }
      default -> {
        at = i;
        throw fault("bad escape");
      }
    }
  }

  private void word(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (at + i >= end || bytes[at + i] != word.charAt(i)) {
        throw fault("unknown word");
      }
    }
    at += word.length();
  }

  private void number() {
    int start = at;
    if (at < end && bytes[at] == '-') {
      at++;
    }
    int whole = digits();
    if (whole == 0 || (whole > 1 && bytes[at - whole] == '0')) {
      at = start;
      throw fault("not a value");
    }
    if (at < end && bytes[at] == '.') {
      at++;
      if (digits() == 0) {
        throw fault("bad number");
      }
    }
    if (at < end && (bytes[at] == 'e' || bytes[at] == 'E')) {
      at++;
      if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      int exponent = digits();
      if (exponent == 0) {
        throw fault("bad number");
      }
      // Written out in full, it would be of any length; nobody means it.
      if (exponent > MAX_EXPONENT_DIGITS) {
        throw fault("number out of all bounds");
      }
    }
    if (at - start > MAX_NUMBER_BYTES) {
      throw fault("number out of all bounds");
    }
  }

  private int digits() {
    int from = at;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at - from;
  }

  MalformedJsonException fault(String what) {
    return new MalformedJsonException(what, at);
  }
}
