package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Conversations of providers that want turns to alternate, and instructions beside them.
///
/// @param model what the model's role is called
/// @param member what holds a turn's parts
public record Turns(String model, String member) {
  /// Returns the turns; those that say nothing are left out.
  ///
  /// @param system takes what is said before the first turn; later instructions are the user's
  /// @param parts adds a message's parts
  public ArrayNode write(
      List<Message> conversation, ArrayNode system, BiConsumer<Message, ArrayNode> parts) {
    var turns = Json.array();
    @Nullable ObjectNode turn = null;
    for (Message message : conversation) {
      if (message.role() == Message.Role.SYSTEM && turn == null) {
        parts.accept(message, system);
        continue;
      }
      String role = message.role() == Message.Role.ASSISTANT ? model : "user";
      ObjectNode open = turn;
      if (open == null || !role.equals(Json.stringOr(open, "role", ""))) {
        open = Json.object().put("role", role);
        open.putArray(member);
      }
      parts.accept(message, (ArrayNode) open.path(member));
      // One that says nothing is no turn: those around it are one.
      if (open != turn && !open.path(member).isEmpty()) {
        turns.add(open);
        turn = open;
      }
    }
    return turns;
  }
}
