package dev.signalbox.billing.account;

/// When a key's limit starts anew, at 00:00 UTC: each day, Monday, or first of the month.
public enum LimitReset {
  DAILY,
  WEEKLY,
  MONTHLY
}
