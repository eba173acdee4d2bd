package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `usage` in OpenAI's format, where cached tokens are part of the prompt and reasoning is part of
/// the completion.
public final class OpenAiUsage {
  private static final BigDecimal LARGEST = BigDecimal.valueOf(1L << 40);

  private static final long LONGEST = 1L << 40;

  private OpenAiUsage() {}

  /// Returns what a `usage` object says; null if it says nothing that can be believed.
  ///
  /// @param completes the answer consumed tokens too, not only the prompt
  public static @Nullable Usage read(Members usage, boolean completes) {
    long prompt = count(usage, "prompt_tokens");
    if (prompt < 0) {
      return null;
    }
    long completion = completes ? completion(usage, prompt) : 0;
    if (completion < 0) {
      return null;
    }
    long cached = detail(usage, "prompt_tokens_details", "cached_tokens", prompt);
    for (String alias : List.of("prompt_cache_hit_tokens", "cached_tokens")) {
      if (cached == 0 && usage.has(alias)) {
        cached = Math.clamp(count(usage, alias), 0, prompt);
      }
    }
    long written = 0;
    for (String alias :
        List.of("cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens")) {
      written = Math.max(written, detail(usage, "prompt_tokens_details", alias, prompt - cached));
    }
    // Audio that came from the cache is told within both.
    long audioCached = Math.min(cached, cachedAudio(usage));
    long audioIn =
        Math.clamp(
            detail(usage, "prompt_tokens_details", "audio_tokens", prompt) - audioCached,
            0,
            prompt - cached - written);
    long seen =
        detail(usage, "prompt_tokens_details", "image_tokens", prompt - cached - written - audioIn);
    long reasoning = reasoning(usage, prompt, completion);
    if (beside(usage, prompt, completion, reasoning)) {
      completion += reasoning;
    }
    reasoning = Math.min(reasoning, completion);
    long images =
        detail(usage, "completion_tokens_details", "image_tokens", completion - reasoning);
    long audioOut =
        detail(usage, "completion_tokens_details", "audio_tokens", completion - reasoning - images);
    return new Usage(
        prompt - cached - written - audioIn - seen,
        seen,
        audioIn,
        cached - audioCached,
        audioCached,
        written,
        0,
        completion - reasoning - images - audioOut,
        reasoning,
        audioOut,
        images,
        0,
        searches(usage));
  }

  private static long cachedAudio(Members usage) {
    if (usage.kind("prompt_tokens_details") != '{') {
      return 0;
    }
    Members details = usage.within(usage.span("prompt_tokens_details"));
    return detail(details, "cached_tokens_details", "audio_tokens", LONGEST);
  }

  /// Whoever searches the web for an answer counts it in one of these places.
  private static long searches(Members usage) {
    return Math.max(
        Math.max(0, count(usage, "num_search_queries")),
        Math.max(
            detail(usage, "server_tool_use", "web_search_requests", LONGEST),
            detail(usage, "server_tool_use_details", "web_search_requests", LONGEST)));
  }

  private static long completion(Members usage, long prompt) {
    if (usage.has("completion_tokens")) {
      return count(usage, "completion_tokens");
    }
    long total = count(usage, "total_tokens");
    return total < 0 ? -1 : Math.max(0, total - prompt);
  }

  private static long reasoning(Members usage, long prompt, long completion) {
    long told = Math.max(0, count(usage, "reasoning_tokens"));
    long most = Math.max(completion, Math.max(0, count(usage, "total_tokens")) - prompt);
    return Math.min(
        most,
        Math.max(told, detail(usage, "completion_tokens_details", "reasoning_tokens", LONGEST)));
  }

  /// Some count reasoning beside the completion, not in it: their total tells.
  private static boolean beside(Members usage, long prompt, long completion, long reasoning) {
    return reasoning > 0 && count(usage, "total_tokens") == prompt + completion + reasoning;
  }

  private static long detail(Members usage, String group, String name, long most) {
    if (usage.kind(group) != '{') {
      return 0;
    }
    long count = count(usage.within(usage.span(group)), name);
    return Math.clamp(count, 0, most);
  }

  /// Returns a count, or -1 if it is absent or absurd.
  private static long count(Members members, String name) {
    Optional<BigDecimal> number = members.number(name);
    if (number.isEmpty()
        || number.get().signum() < 0
        || number.get().compareTo(LARGEST) > 0
        || number.get().stripTrailingZeros().scale() > 0) {
      return -1;
    }
    return number.get().longValueExact();
  }

  /// Returns the contract's `usage` object.
  public static String json(Receipt receipt) {
    Usage usage = receipt.usage();
    String searches =
        usage.webSearches() == 0
            ? ""
            : ",\"server_tool_use_details\":{\"web_search_requests\":%d}"
                .formatted(usage.webSearches());
    return new StringBuilder(512)
        .append("{\"prompt_tokens\":")
        .append(usage.promptTokens())
        .append(",\"completion_tokens\":")
        .append(usage.completionTokens())
        .append(",\"total_tokens\":")
        .append(usage.totalTokens())
        .append(",\"cost\":")
        .append(receipt.charged())
        .append(",\"is_byok\":")
        .append(receipt.byok())
        .append(",\"prompt_tokens_details\":{\"cached_tokens\":")
        .append(usage.cached())
        .append(",\"cache_write_tokens\":")
        .append(usage.cacheWrite() + usage.cacheWrite1h())
        .append(",\"audio_tokens\":")
        .append(usage.audioPrompt())
        .append(",\"video_tokens\":0},\"cost_details\":{\"upstream_inference_cost\":")
        .append(number(receipt.upstream().total()))
        .append(",\"upstream_inference_prompt_cost\":")
        .append(number(receipt.upstream().prompt()))
        .append(",\"upstream_inference_completions_cost\":")
        .append(number(receipt.upstream().completion()))
        .append("},\"completion_tokens_details\":{\"reasoning_tokens\":")
        .append(usage.reasoning())
        .append(",\"image_tokens\":")
        .append(usage.imageCompletion())
        .append(",\"audio_tokens\":")
        .append(usage.audioCompletion())
        .append('}')
        .append(searches)
        .append('}')
        .toString();
  }

  private static String number(Money money) {
    return money.toString();
  }

  public static String tier(Receipt receipt) {
    return receipt.serviceTier().map(JsonText::quote).orElse("null");
  }
}
