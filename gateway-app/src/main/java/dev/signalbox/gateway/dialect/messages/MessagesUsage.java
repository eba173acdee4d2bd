package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.chat.UsageWriter;
import dev.signalbox.pricing.Usage;
import tools.jackson.databind.node.ObjectNode;

/// Writes `usage` as Anthropic counts: cached tokens stand beside the input, never in it.
final class MessagesUsage {
  private MessagesUsage() {}

  static ObjectNode write(Receipt receipt) {
    var tree = counts(receipt.usage());
    tree.put("service_tier", receipt.serviceTier().map(MessagesUsage::tier).orElse("standard"));
    UsageWriter.addCost(tree, receipt, "prompt", "completions");
    return tree;
  }

  static ObjectNode counts(Usage usage) {
    var tree = Json.object();
    tree.put("input_tokens", usage.freshPrompt() + usage.imagePrompt() + usage.audioPrompt());
    tree.put("output_tokens", usage.completionTokens());
    tree.putObject("cache_creation")
        .put("ephemeral_5m_input_tokens", usage.cacheWrite())
        .put("ephemeral_1h_input_tokens", usage.cacheWrite1h());
    tree.put("cache_creation_input_tokens", usage.cacheWrite() + usage.cacheWrite1h());
    tree.put("cache_read_input_tokens", usage.cached());
    tree.putNull("inference_geo");
    if (usage.reasoning() > 0) {
      tree.putObject("output_tokens_details").put("thinking_tokens", usage.reasoning());
    } else {
      tree.putNull("output_tokens_details");
    }
    if (usage.webSearches() > 0) {
      tree.putObject("server_tool_use")
          .put("web_search_requests", usage.webSearches())
          .put("web_fetch_requests", 0);
    } else {
      tree.putNull("server_tool_use");
    }
    return tree;
  }

  /// The base tier is spelled differently here.
  static String tier(String tier) {
    return tier.equals("default") ? "standard" : tier;
  }
}
