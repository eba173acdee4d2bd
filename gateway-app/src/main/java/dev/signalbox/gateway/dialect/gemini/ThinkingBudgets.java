package dev.signalbox.gateway.dialect.gemini;

/// How many tokens a Gemini before 3 may be told to think; it refuses a request with others.
///
/// @param least 0 where thinking can be switched off
record ThinkingBudgets(long least, long most) {
  private static final ThinkingBudgets PRO = new ThinkingBudgets(128, 32_768);
  private static final ThinkingBudgets FLASH = new ThinkingBudgets(0, 24_576);

  static ThinkingBudgets of(String model) {
    return model.contains("-pro") ? PRO : FLASH;
  }
}
