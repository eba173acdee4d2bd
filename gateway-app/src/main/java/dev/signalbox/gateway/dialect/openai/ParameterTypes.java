package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;

/// What kinds of JSON values parameters may have. A wrong one would be refused by some providers,
/// and taken for something else by others.
final class ParameterTypes {
  private static final String STRING = "\"";
  private static final String ARRAY = "[";
  private static final String OBJECT = "{";
  private static final String NUMBER = "0";
  private static final String BOOLEAN = "t";

  private ParameterTypes() {}

  /// @throws Problem 400, naming the first parameter of a wrong kind
  static void check(byte[] body, Members members) {
    for (int i = 0; i < members.count(); i++) {
      String allowed = allowed(members.name(i));
      char kind = kind(body[members.span(i).from()]);
      if (!allowed.isEmpty() && kind != 'n' && allowed.indexOf(kind) < 0) {
        throw Problem.invalidRequest(members.name(i) + ": not " + described(allowed));
      }
    }
  }

  /// The first bytes that a value may begin with, digits as `0`; nothing where anything goes.
  private static String allowed(String name) {
    return switch (name) {
      case "stop" -> STRING + ARRAY;
      case "tool_choice" -> STRING + OBJECT;
      case "logprobs" -> BOOLEAN + NUMBER;
      case "seed", "top_k", "min_p", "top_a", "repetition_penalty" -> NUMBER;
      case "parallel_tool_calls", "include_reasoning" -> BOOLEAN;
      case "plugins", "transforms", "modalities" -> ARRAY;
      case "reasoning_effort", "service_tier", "verbosity", "route", "prompt_cache_key" -> STRING;
      case "logit_bias",
          "response_format",
          "metadata",
          "reasoning",
          "prediction",
          "stream_options",
          "debug",
          "trace",
          "image_config",
          "audio",
          "web_search_options" ->
          OBJECT;
      default -> "";
    };
  }

  private static char kind(byte first) {
    return switch (first) {
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> '0';
      case 'f' -> 't';
      default -> (char) first;
    };
  }

  private static String described(String allowed) {
    var words = new StringBuilder();
    for (char kind : allowed.toCharArray()) {
      words
          .append(words.isEmpty() ? "" : " or ")
          .append(
              switch (kind) {
                case '"' -> "a string";
                case '[' -> "an array";
                case '{' -> "an object";
                case '0' -> "a number";
                default -> "true or false";
              });
    }
    return words.toString();
  }
}
