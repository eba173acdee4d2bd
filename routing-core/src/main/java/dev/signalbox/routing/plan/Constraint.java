package dev.signalbox.routing.plan;

/// Every reason to leave an endpoint out of a plan: the word that callers get for it, the request's
/// field behind it, and a sentence.
public enum Constraint {
  NO_CREDENTIAL("no_credential", "", "its provider has no credential here", false),
  SERVICE_TIER("service_tier", "service_tier", "its service tier was not asked for", false),
  NOT_ALLOWED("allowed_providers", "only", "it is not among the providers allowed", true),
  NOT_ALLOWED_HERE("allowed_providers", "", "the account does not allow its provider", true),
  IGNORED("allowed_providers", "ignore", "its provider is ignored", true),
  IGNORED_HERE("allowed_providers", "", "the account ignores its provider", true),
  NOT_LISTED("allowed_providers", "order", "it is not in order, and fallbacks are off", true),
  KEEPS_DATA("data_policy:zdr", "zdr", "it is not a zero-data-retention endpoint", true),
  TRAINS("data_policy:training", "data_collection", "its provider may train on prompts", true),
  STORES("data_policy:training", "data_collection", "its provider keeps prompts", true),
  OUT_OF_REGION("data_region", "data_region", "its prompts are not known to stay in %s", true),
  NOT_DISTILLABLE(
      "distillable",
      "enforce_distillable_text",
      "its model's author does not allow distillation",
      false),
  QUANTIZATION("quantization", "quantizations", "its quantization is %s", true),
  TOO_DEAR("max_price", "max_price", "its %s price is above the maximum", true),
  LACKS_PARAMETER("require_parameters", "require_parameters", "it does not support %s", true),
  INPUT("modality", "messages", "it does not take %s input", false),
  OUTPUT("modality", "modalities", "it does not write %s output", false),
  ANSWER_TOO_LONG("context_length", "max_tokens", "it writes at most %s tokens", true),
  PROMPT_TOO_LONG("context_length", "messages", "it reads at most %s tokens", true),
  CONTEXT_TOO_SHORT("context_length", "messages", "its context is %s tokens", true),
  /// Never empties a plan: applies only where another endpoint of the model has the parameter.
  LESS_CAPABLE("supported_parameters", "", "others support %s, it does not", false);

  private final String word;
  private final String field;
  private final String sentence;
  private final boolean contractual;

  Constraint(String word, String field, String sentence, boolean contractual) {
    this.word = word;
    this.field = field;
    this.sentence = sentence;
    this.contractual = contractual;
  }

  public String word() {
    return word;
  }

  /// Returns the request's field that set the constraint; empty when the request did not set it.
  public String field() {
    return field;
  }

  /// Returns whether [#word] is of the contract's vocabulary for `excluded_by`.
  public boolean isContractual() {
    return contractual;
  }

  String sentence() {
    return sentence;
  }
}
