package dev.signalbox.pricing;

/// What one generation consumed, in parts that never overlap: each token is in exactly one of them.
///
/// Providers count differently (OpenAI has cached tokens inside the prompt, Anthropic beside it);
/// the dialect's reader settles that, so that nothing behind it can count a token twice.
///
/// @param freshPrompt text tokens read at the full prompt price
/// @param imagePrompt image tokens of the prompt
/// @param audioPrompt audio tokens of the prompt
/// @param cacheRead prompt tokens served from the provider's cache, but for audio
/// @param audioCacheRead audio tokens served from the provider's cache
/// @param cacheWrite prompt tokens written to the provider's short-lived (5 minutes) cache
/// @param cacheWrite1h prompt tokens written to the provider's one-hour cache
/// @param visible text tokens of the answer
/// @param reasoning tokens of the answer spent on reasoning
/// @param audioCompletion audio tokens of the answer
/// @param imageCompletion image tokens of the answer
/// @param images images in the prompt, each priced at once
/// @param webSearches searches made by the provider
public record Usage(
    long freshPrompt,
    long imagePrompt,
    long audioPrompt,
    long cacheRead,
    long audioCacheRead,
    long cacheWrite,
    long cacheWrite1h,
    long visible,
    long reasoning,
    long audioCompletion,
    long imageCompletion,
    long images,
    long webSearches) {

  public static final Usage NONE = of(0, 0);

  public Usage {
    if ((freshPrompt
            | imagePrompt
            | audioPrompt
            | cacheRead
            | audioCacheRead
            | cacheWrite
            | cacheWrite1h
            | visible
            | reasoning
            | audioCompletion
            | imageCompletion
            | images
            | webSearches)
        < 0) {
      throw new IllegalArgumentException("usage: a negative count (expected: all >= 0)");
    }
  }

  /// Usage whose prompt has no image tokens, and no audio that came from a cache.
  public Usage(
      long freshPrompt,
      long audioPrompt,
      long cacheRead,
      long cacheWrite,
      long cacheWrite1h,
      long visible,
      long reasoning,
      long audioCompletion,
      long imageCompletion,
      long images,
      long webSearches) {
    this(
        freshPrompt,
        0,
        audioPrompt,
        cacheRead,
        0,
        cacheWrite,
        cacheWrite1h,
        visible,
        reasoning,
        audioCompletion,
        imageCompletion,
        images,
        webSearches);
  }

  /// Returns plain text usage.
  public static Usage of(long prompt, long completion) {
    return new Usage(prompt, 0, 0, 0, 0, completion, 0, 0, 0, 0, 0);
  }

  public long promptTokens() {
    return freshPrompt
        + imagePrompt
        + audioPrompt
        + cacheRead
        + audioCacheRead
        + cacheWrite
        + cacheWrite1h;
  }

  public long completionTokens() {
    return visible + reasoning + audioCompletion + imageCompletion;
  }

  /// Returns how much of the prompt came from the provider's cache.
  public long cached() {
    return cacheRead + audioCacheRead;
  }

  /// Returns whether the provider's prompt cache was read or written.
  public boolean touchedCache() {
    return cacheRead > 0 || audioCacheRead > 0 || cacheWrite > 0 || cacheWrite1h > 0;
  }

  /// Returns the same prompt with another count of an answer's text and thoughts.
  public Usage withText(long visible, long reasoning) {
    return new Usage(
        freshPrompt,
        imagePrompt,
        audioPrompt,
        cacheRead,
        audioCacheRead,
        cacheWrite,
        cacheWrite1h,
        visible,
        reasoning,
        audioCompletion,
        imageCompletion,
        images,
        webSearches);
  }

  /// Returns the same tokens with so many images in the prompt.
  public Usage withImages(long images) {
    return images == this.images
        ? this
        : new Usage(
            freshPrompt,
            imagePrompt,
            audioPrompt,
            cacheRead,
            audioCacheRead,
            cacheWrite,
            cacheWrite1h,
            visible,
            reasoning,
            audioCompletion,
            imageCompletion,
            images,
            webSearches);
  }

  public long totalTokens() {
    return promptTokens() + completionTokens();
  }
}
