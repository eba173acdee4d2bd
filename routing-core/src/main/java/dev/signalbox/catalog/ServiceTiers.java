package dev.signalbox.catalog;

/// Sets of service tiers, a bit each.
public final class ServiceTiers {
  public static final int DEFAULT = 1;
  public static final int PRIORITY = 2;
  public static final int FLEX = 4;
  private static final int OTHER = 8;

  private ServiceTiers() {}

  public static int bit(String tier) {
    return switch (tier) {
      case "default" -> DEFAULT;
      case "priority" -> PRIORITY;
      case "flex" -> FLEX;
      default -> OTHER;
    };
  }
}
