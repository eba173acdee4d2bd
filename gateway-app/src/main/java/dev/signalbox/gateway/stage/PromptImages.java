package dev.signalbox.gateway.stage;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// How many images a prompt has. No provider counts them: where they have a price of their own, the
/// request is looked through for them.
final class PromptImages {
  /// What a part that is an image calls itself, in one format or another.
  private static final Set<String> TYPES = Set.of("image_url", "image", "input_image");

  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private static final LoadingCache<Glance, Long> COUNTS =
      Caffeine.newBuilder().executor(Runnable::run).weakKeys().build(PromptImages::count);

  private PromptImages() {}

  /// Returns the count where images are priced, else 0.
  static long priced(Glance glance, Pricing pricing) {
    return glance.inputModalities().contains("image") && pricing.price(Item.IMAGE).signum() > 0
        ? COUNTS.get(glance)
        : 0;
  }

  private static long count(Glance glance) {
    try {
      JsonNode request = Json.parse(glance.body());
      return count(request.path("messages")) + count(request.path("input"));
    } catch (JacksonException e) {
      return 0;
    }
  }

  private static long count(JsonNode node) {
    if (node.isObject() && TYPES.contains(node.path("type").asString(""))) {
      return 1;
    }
    long images = 0;
    for (JsonNode child : node) {
      images += count(child);
    }
    return images;
  }
}
