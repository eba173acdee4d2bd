package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.StringJoiner;

/// What models of other makers thought in a conversation that goes on at a provider of Messages,
/// which would refuse all of it for them. A turn can go on without: they are left out.
///
/// Claude signs all its thoughts, so those unsigned are another's too; elsewhere unsigned ones may
/// be the provider's own.
final class OthersThoughts {
  private final boolean signs;
  private boolean any;

  /// Whether the model's last turn called a tool, and has no thought any more to call it from.
  private boolean headless;

  private OthersThoughts(boolean signs) {
    this.signs = signs;
  }

  static void leaveOut(Members request, Target target, JsonSplice splice) {
    Span messages = request.span("messages");
    var thoughts = new OthersThoughts(target.upstreamModel().contains("claude"));
    if (!thoughts.areIn(request, messages)) {
      return;
    }
    splice.set("messages", thoughts.without(request, messages));
    // Claude refuses to think on with a budget then: the turn is finished without.
    if (thoughts.headless && thinksByBudget(request)) {
      splice.remove("thinking");
    }
  }

  private boolean areIn(Members request, Span messages) {
    request.elements(
        messages,
        (_, _, turn) -> {
          if (turn != null && isModels(turn) && turn.kind("content") == '[') {
            turn.elements(
                turn.span("content"), (_, _, block) -> any |= block != null && isAnothers(block));
          }
        });
    return any;
  }

  private static boolean isModels(Members turn) {
    return turn.text("role").filter("assistant"::equals).isPresent();
  }

  private String without(Members request, Span messages) {
    var turns = new StringJoiner(",", "[", "]");
    request.elements(
        messages,
        (_, span, turn) -> {
          if (turn == null || !isModels(turn)) {
            turns.add(raw(request.bytes(), span));
          } else {
            addTurn(span, turn, turns);
          }
        });
    return turns.toString();
  }

  private void addTurn(Span span, Members turn, StringJoiner turns) {
    headless = false;
    if (turn.kind("content") != '[') {
      turns.add(raw(turn.bytes(), span));
      return;
    }
    var kept = new StringJoiner(",", "[", "]");
    var types = new ArrayList<String>();
    var left = new ArrayList<Span>();
    turn.elements(
        turn.span("content"),
        (_, place, block) -> {
          if (block != null && isAnothers(block)) {
            left.add(place);
          } else {
            kept.add(raw(turn.bytes(), place));
            types.add(block == null ? "" : block.text("type").orElse(""));
          }
        });
    if (left.isEmpty()) {
      turns.add(raw(turn.bytes(), span));
      return;
    }
    headless = types.contains("tool_use") && types.stream().noneMatch(OthersThoughts::isThought);
    // A turn must say something.
    if (!types.isEmpty()) {
      var rest = JsonSplice.of(turn).set("content", kept.toString()).bytes();
      turns.add(new String(rest, StandardCharsets.UTF_8));
    }
  }

  private boolean isAnothers(Members block) {
    String type = block.text("type").orElse("");
    if (!isThought(type)) {
      return false;
    }
    String proof = block.text(type.equals("thinking") ? "signature" : "data").orElse("");
    return proof.isEmpty() ? signs : ForeignThought.isOne(proof);
  }

  private static boolean isThought(String type) {
    return type.equals("thinking") || type.equals("redacted_thinking");
  }

  private static boolean thinksByBudget(Members request) {
    return request.kind("thinking") == '{'
        && request
            .within(request.span("thinking"))
            .text("type")
            .filter("enabled"::equals)
            .isPresent();
  }

  private static String raw(byte[] bytes, Span span) {
    return new String(bytes, span.from(), span.length(), StandardCharsets.UTF_8);
  }
}
