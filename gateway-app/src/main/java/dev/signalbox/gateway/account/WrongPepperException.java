package dev.signalbox.gateway.account;

/// A pepper that is not the one that the database's keys were made with.
final class WrongPepperException extends RuntimeException {
  WrongPepperException() {
    super(
        "SIGNALBOX_PEPPER (or the file pepper in SIGNALBOX_DATA) is not the one that this"
            + " database's keys were made with: none of them would be accepted.");
  }
}
