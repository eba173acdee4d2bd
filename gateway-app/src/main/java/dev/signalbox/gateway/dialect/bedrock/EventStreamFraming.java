package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Framing;
import dev.signalbox.gateway.dialect.conversion.UnreadableException;
import java.util.Map;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;
import software.amazon.eventstream.MessageDecoder;

/// Cuts AWS's binary event stream into the name and data of each message. Not thread-safe.
final class EventStreamFraming implements Framing {
  /// Stands before the name of an exception.
  static final String EXCEPTION = "exception ";

  private final MessageDecoder decoder = new MessageDecoder(this::message);
  private Frames frames = (_, _) -> false;
  private boolean over;

  @Override
  public boolean accept(byte[] piece, int offset, int length, Frames frames) {
    this.frames = frames;
    try {
      decoder.feed(piece, offset, length);
    } catch (IllegalArgumentException | IllegalStateException broken) {
      throw new UnreadableException("The provider sent an event that is damaged.");
    }
    return over;
  }

  private void message(Message message) {
    if (!over) {
      over = frames.frame(name(message.getHeaders()), data(message));
    }
  }

  private static String name(Map<String, HeaderValue> headers) {
    return switch (text(headers, ":message-type")) {
      case "exception" -> EXCEPTION + text(headers, ":exception-type");
      case "error" -> EXCEPTION + text(headers, ":error-code");
      default -> text(headers, ":event-type");
    };
  }

  /// An error has its words in a header, all else in the payload.
  private static byte[] data(Message message) {
    if (message.getPayload().length > 0) {
      return message.getPayload();
    }
    return Json.bytes(Json.object().put("message", text(message.getHeaders(), ":error-message")));
  }

  private static String text(Map<String, HeaderValue> headers, String name) {
    HeaderValue value = headers.get(name);
    return value == null ? "" : value.getString();
  }
}
