package dev.signalbox.pricing;

/// What a generation costs at an endpoint's price.
///
/// @param prompt the part that the prompt cost
/// @param completion the part that the answer cost
/// @param other fees per request, image and search
public record Cost(Money prompt, Money completion, Money other) {
  public static final Cost ZERO = new Cost(Money.ZERO, Money.ZERO, Money.ZERO);

  public Money total() {
    return prompt.plus(completion).plus(other);
  }
}
