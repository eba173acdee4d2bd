package dev.signalbox.gateway.plan;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Offering;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.tokens.TokenCounter;
import dev.signalbox.gateway.tokens.Tokenizer;
import dev.signalbox.routing.Explanation;
import dev.signalbox.routing.UnroutableException;
import dev.signalbox.routing.plan.Exclusion;
import java.util.Optional;
import reactor.core.publisher.Mono;

/// Counts the prompts that a plan took for too long by their bytes.
///
/// The estimate of a glance is a quarter of the bytes. That is far too much for text whose letters
/// are escaped, six bytes each, and somewhat for text that falls into long tokens. Where it only
/// chooses among a model's endpoints it may stand; before it refuses a request, or sends it to
/// another model than the one that was asked for, the tokens are counted.
public final class LongPrompts {
  private static final String TOO_LONG = "context_length";

  /// No text is taken for more than so many times its length.
  private static final int WORST_ESTIMATE = 5;

  private final TokenCounter counter;

  public LongPrompts(TokenCounter counter) {
    this.counter = counter;
  }

  /// Returns whether the prompt's length has a part in a refusal.
  public static boolean decide(UnroutableException refusal) {
    return refusal.availability().excludedBy().contains(TOO_LONG);
  }

  /// Returns whether the prompt's length is why another model than the first is tried first.
  public static boolean decide(Planned planned) {
    if (planned.plan().excluded().isEmpty() || planned.request().models().size() < 2) {
      return false;
    }
    var first = planned.plan().candidates().getFirst();
    return !first.requestedModel().equals(planned.request().models().getFirst())
        && planned.plan().excluded().stream().anyMatch(LongPrompts::isForLength);
  }

  /// The same of an account of a plan.
  static boolean decide(Explained explained) {
    Explanation explanation = explained.explanation();
    boolean another =
        explained
            .first()
            .map(first -> !first.requestedModel().equals(explained.request().models().getFirst()))
            .orElse(true);
    return another
        && explanation.endpoints().stream()
            .flatMap(standing -> standing.exclusion().stream())
            .anyMatch(LongPrompts::isForLength);
  }

  private static boolean isForLength(Exclusion exclusion) {
    return exclusion.constraint().equals(TOO_LONG);
  }

  /// Returns the request with its tokens counted; as it was, where that says nothing better.
  public Mono<Glance> counted(Glance glance, Catalog catalog) {
    if (isHopeless(glance, catalog)) {
      return Mono.just(glance);
    }
    Tokenizer tokenizer =
        glance.models().stream()
            .flatMap(name -> model(name, catalog).stream())
            .findFirst()
            .map(model -> Tokenizer.of(model.architecture().tokenizer(), model.slug()))
            .orElse(Tokenizer.O200K);
    return counter
        .promptAtMost(glance.members(), tokenizer)
        .onErrorReturn(glance.promptTokens())
        .map(tokens -> tokens < glance.promptTokens() ? glance.withPromptTokens(tokens) : glance);
  }

  /// To count what is much too long in any case would only cost time.
  private static boolean isHopeless(Glance glance, Catalog catalog) {
    long room = 0;
    for (String name : glance.models()) {
      Optional<Model> model = model(name, catalog);
      if (model.isEmpty()) {
        return false;
      }
      for (Offering offering : catalog.offeringsOf(model.get())) {
        room = Math.max(room, offering.contextLength());
      }
    }
    return room > 0 && glance.promptTokens() / WORST_ESTIMATE > room;
  }

  private static Optional<Model> model(String name, Catalog catalog) {
    int suffix = name.indexOf(':');
    return catalog
        .model(name)
        .or(() -> suffix < 0 ? Optional.empty() : catalog.model(name.substring(0, suffix)));
  }
}
