package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.openai.Efforts;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How a Claude is told to think: older ones by a budget, newer ones by an effort.
///
/// @param thinks it was asked to, or cannot but
public record ClaudeThinking(
    boolean thinks, Optional<ObjectNode> thinking, Optional<String> effort) {
  private static final List<String> EFFORTS = List.of("low", "medium", "high", "max");

  public static ClaudeThinking of(Prompt prompt, Target target, long cap) {
    var thinking = prompt.thinking();
    var quirks = Quirks.of(target);
    boolean always = Quirk.THINKS_ALWAYS.equals(quirks.value(Quirk.THINKING).orElse(""));
    if (!always && quirks.value(Quirk.THINKING).filter("adaptive"::equals).isEmpty()) {
      return byBudget(prompt, cap);
    }
    if (thinking.wanted()) {
      return new ClaudeThinking(
          true,
          Optional.of(adaptive(thinking)),
          Optional.of(Efforts.nearest(thinking.effortWithin(cap), quirks, EFFORTS)));
    }
    if (always) {
      var least = Optional.of(Efforts.nearest("minimal", quirks, EFFORTS));
      return new ClaudeThinking(true, Optional.empty(), least.filter(_ -> thinking.off()));
    }
    // The newest think unless told not to, and who thinks cannot be forced to call.
    boolean disabled = thinking.off() || forced(prompt, target);
    return new ClaudeThinking(
        false,
        Optional.of(Json.object().put("type", "disabled")).filter(_ -> disabled),
        Optional.empty());
  }

  /// Returns whether `top_p` may be sent. Claude takes one measure of chance: beside a temperature
  /// it refuses another.
  public static boolean takesTopP(Prompt prompt, Target target) {
    return prompt.setting("temperature").isEmpty() || !target.upstreamModel().contains("claude");
  }

  /// Returns a temperature that is taken: 1 is the highest there.
  public static JsonNode temperature(JsonNode asked) {
    return asked.asDouble(0) > 1 ? Json.number(1) : asked;
  }

  private static ClaudeThinking byBudget(Prompt prompt, long cap) {
    var thinking = prompt.thinking();
    boolean wanted = thinking.wanted() && !hasLostThoughts(prompt.messages());
    long budget = wanted ? thinking.budgetWithin(cap) : 0;
    return new ClaudeThinking(
        budget > 0,
        Optional.of(Json.object().put("type", "enabled").put("budget_tokens", budget))
            .filter(_ -> budget > 0),
        Optional.empty());
  }

  /// Many clients do not send back what a model thought before it called a tool. Claude refuses to
  /// think on then: "a final assistant message must start with a thinking block". The turn is
  /// finished without.
  private static boolean hasLostThoughts(List<Message> conversation) {
    for (Message message : conversation.reversed()) {
      switch (message.role()) {
        case TOOL, SYSTEM -> {}
        case USER -> {
          return false;
        }
        case ASSISTANT -> {
          return message.parts().stream().noneMatch(AnthropicMessages::isOwnThought);
        }
      }
    }
    return false;
  }

  private static boolean forced(Prompt prompt, Target target) {
    boolean forces =
        prompt.toolChoice() instanceof ToolChoice.Required
            || prompt.toolChoice() instanceof ToolChoice.Named;
    return AnswerByTool.applies(prompt, target)
        || (forces && !Quirks.of(target).has(Quirk.TOOL_CHOICE_AUTO));
  }

  /// Newer models keep their thoughts to themselves unless asked.
  private static ObjectNode adaptive(Thinking thinking) {
    return Json.object()
        .put("type", "adaptive")
        .put("display", thinking.exclude() ? "omitted" : "summarized");
  }

  public void addTo(ObjectNode request) {
    thinking.ifPresent(tree -> request.set("thinking", tree));
    effort.ifPresent(word -> request.putObject("output_config").put("effort", word));
  }
}
