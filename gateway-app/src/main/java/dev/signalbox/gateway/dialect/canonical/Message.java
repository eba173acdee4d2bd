package dev.signalbox.gateway.dialect.canonical;

import java.util.List;
import java.util.Optional;

/// One turn of a conversation.
///
/// @param name of the participant, where several share a role
public record Message(Role role, List<Part> parts, Optional<String> name) {
  /// Who speaks. Results of tools are parts of a [#TOOL] message.
  public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    TOOL
  }

  public Message {
    parts = List.copyOf(parts);
  }

  public static Message of(Role role, Part... parts) {
    return new Message(role, List.of(parts), Optional.empty());
  }
}
