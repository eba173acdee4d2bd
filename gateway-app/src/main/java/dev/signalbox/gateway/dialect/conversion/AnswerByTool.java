package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import tools.jackson.databind.JsonNode;

/// An answer of a schema from models that know none: they must call a tool whose input is the
/// answer, and the reader turns the call back into text.
public final class AnswerByTool {
  public static final String NAME = "json_answer";

  public static final String ANY_JSON = "Answer with one JSON object and nothing else.";

  private AnswerByTool() {}

  public static boolean nativeSchema(Target target) {
    return target.endpoint().supportedParameters().contains("structured_outputs");
  }

  /// Returns whether the tool is used. Where tools or thoughts forbid it, the schema is told [in
  /// words][#inWords].
  public static boolean applies(Prompt prompt, Target target) {
    return prompt.format() instanceof AnswerFormat.Schema
        && !nativeSchema(target)
        && prompt.tools().isEmpty()
        && !prompt.thinking().wanted()
        && canBeForced(Quirks.of(target));
  }

  private static boolean canBeForced(Quirks quirks) {
    return !quirks.has(Quirk.TOOL_CHOICE_AUTO)
        && quirks.value(Quirk.THINKING).filter(Quirk.THINKS_ALWAYS::equals).isEmpty();
  }

  public static String inWords(JsonNode schema) {
    return "Answer with one JSON object that matches this JSON schema, and nothing else:\n"
        + Json.text(schema);
  }
}
