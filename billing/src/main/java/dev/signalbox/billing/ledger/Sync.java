package dev.signalbox.billing.ledger;

/// When a record is on the disk.
enum Sync {
  /// Before its answer's last bytes go out: not even a machine that loses its power loses what a
  /// caller saw the end of.
  BEFORE_ANSWER,

  /// Some milliseconds after: the death of the process loses nothing, that of the machine the
  /// records of those milliseconds.
  AFTER_ANSWER
}
