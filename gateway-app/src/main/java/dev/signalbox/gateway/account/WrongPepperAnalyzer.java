package dev.signalbox.gateway.account;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Tells of a wrong pepper in one sentence, where a start would else end in a stack trace.
final class WrongPepperAnalyzer extends AbstractFailureAnalyzer<WrongPepperException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, WrongPepperException cause) {
    return new FailureAnalysis(
        cause.getMessage(), "Set the pepper that was used before, or use another database.", cause);
  }
}
