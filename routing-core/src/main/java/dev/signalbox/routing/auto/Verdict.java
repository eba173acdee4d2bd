package dev.signalbox.routing.auto;

/// What becomes of a model in a choice.
public enum Verdict {
  CHOSEN("tried in its turn"),
  /// Good enough, but there are enough before it.
  BEHIND("enough others rank before it"),
  TOO_CHEAP("below the cost band"),
  TOO_DEAR("above the cost band"),
  IN_RESERVE("kept for requests that nothing else can serve"),
  NOT_ALLOWED("not in allowed_models"),
  EXCLUDED("in excluded_models"),
  OTHER_OUTPUT("writes something else than was asked for"),
  UNFIT("no endpoint of it can serve the request");

  private final String sentence;

  Verdict(String sentence) {
    this.sentence = sentence;
  }

  /// Returns a reason in words fit for the caller.
  public String sentence() {
    return sentence;
  }
}
