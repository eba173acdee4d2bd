package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.routing.plan.Candidate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The candidates of a plan in their order, less those that share the reason of what has failed.
final class Succession {
  private final List<Candidate> candidates;
  private final boolean allowsFallbacks;

  /// The models whose endpoints would all say the same.
  private final Set<String> refused = new HashSet<>(0);

  /// Those whose breaker had no permit to spare; tried after all when nothing else is left.
  private final List<Candidate> turnedAway = new ArrayList<>(0);

  private boolean insists;
  private int position;
  private int tried;
  private boolean retried;
  private @Nullable Candidate last;
  private @Nullable UpstreamFailure lastFailure;

  Succession(List<Candidate> candidates, boolean allowsFallbacks) {
    this.candidates = candidates;
    this.allowsFallbacks = allowsFallbacks;
  }

  /// Returns the next candidate that may still work, or null when there is none.
  @Nullable Candidate next() {
    while (position < candidates.size()) {
      Candidate candidate = candidates.get(position++);
      if (canStillWork(candidate)) {
        return candidate;
      }
    }
    insists = true;
    while (!turnedAway.isEmpty()) {
      Candidate candidate = turnedAway.removeFirst();
      if (canStillWork(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  void turnedAway(Candidate candidate) {
    turnedAway.add(candidate);
  }

  /// Returns whether the candidate that [#next] gave is the last resort.
  boolean insists() {
    return insists;
  }

  private boolean canStillWork(Candidate candidate) {
    if (last == null || lastFailure == null) {
      return true;
    }
    Endpoint endpoint = candidate.endpoint();
    String model = endpoint.model().slug();
    if (lastFailure == UpstreamFailure.CONTEXT_TOO_LONG
        && model.equals(last.endpoint().model().slug())) {
      return endpoint.contextLength() > last.endpoint().contextLength();
    }
    return !refused.contains(model);
  }

  /// Returns the only candidate for its second and last try, or null: with nowhere else to go, a
  /// passing failure is worth one more.
  @Nullable Candidate again() {
    if (retried || candidates.size() != 1 || !allowsFallbacks || lastFailure == null) {
      return null;
    }
    retried = true;
    return switch (lastFailure) {
      case UNREACHABLE, OVERLOADED, SERVER_ERROR -> last;
      default -> null;
    };
  }

  /// Returns whether the attempt under way is the last that is made.
  boolean isLast() {
    boolean again = candidates.size() == 1 && allowsFallbacks && !retried;
    return position >= candidates.size() && turnedAway.isEmpty() && !again;
  }

  void tries(Candidate candidate) {
    last = candidate;
    tried++;
  }

  void failed(UpstreamFailure failure) {
    lastFailure = failure;
    if (last != null && failure.next() == UpstreamFailure.Next.MODEL) {
      refused.add(last.endpoint().model().slug());
    }
  }

  /// Returns the candidate tried last, or null before the first.
  @Nullable Candidate last() {
    return last;
  }

  int tried() {
    return tried;
  }
}
