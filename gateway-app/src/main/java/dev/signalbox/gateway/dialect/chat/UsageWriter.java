package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Writes the contract's `usage` object.
public final class UsageWriter {
  /// The members that [#addCost] adds: what a provider says there of its own prices is not what the
  /// caller pays.
  public static final List<String> OF_COST = List.of("cost", "is_byok", "cost_details");

  private UsageWriter() {}

  public static ObjectNode write(Receipt receipt) {
    var usage = receipt.usage();
    var tree = Json.object();
    tree.put("prompt_tokens", usage.promptTokens());
    tree.put("completion_tokens", usage.completionTokens());
    tree.put("total_tokens", usage.totalTokens());
    addCost(tree, receipt, "prompt", "completions");
    tree.putObject("prompt_tokens_details")
        .put("cached_tokens", usage.cached())
        .put("cache_write_tokens", usage.cacheWrite() + usage.cacheWrite1h())
        .put("audio_tokens", usage.audioPrompt())
        .put("video_tokens", 0);
    tree.putObject("completion_tokens_details")
        .put("reasoning_tokens", usage.reasoning())
        .put("image_tokens", usage.imageCompletion())
        .put("audio_tokens", usage.audioCompletion());
    if (usage.webSearches() > 0) {
      tree.putObject("server_tool_use_details").put("web_search_requests", usage.webSearches());
    }
    return tree;
  }

  /// Adds what the answer cost.
  ///
  /// @param promptWord what the surface calls the prompt's part
  /// @param answerWord what it calls the answer's
  public static void addCost(
      ObjectNode tree, Receipt receipt, String promptWord, String answerWord) {
    tree.put("cost", number(receipt.charged()));
    tree.put("is_byok", receipt.byok());
    tree.putObject("cost_details")
        .put("upstream_inference_cost", number(receipt.upstream().total()))
        .put("upstream_inference_" + promptWord + "_cost", number(receipt.upstream().prompt()))
        .put("upstream_inference_" + answerWord + "_cost", number(receipt.upstream().completion()));
  }

  private static BigDecimal number(Money money) {
    return new BigDecimal(money.toString());
  }
}
