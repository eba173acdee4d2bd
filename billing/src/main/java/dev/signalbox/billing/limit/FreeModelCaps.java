package dev.signalbox.billing.limit;

/// How often an account may call free models; 0 is as often as it likes.
///
/// @param perMinute requests per minute
/// @param perDay requests per UTC day
/// @param perDayWithCredits the same, for accounts that have bought credit
/// @param creditsNeeded dollars that must ever have been bought for that
public record FreeModelCaps(
    long perMinute, long perDay, long perDayWithCredits, long creditsNeeded) {}
