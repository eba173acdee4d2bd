package dev.signalbox.gateway.plan;

import java.util.Locale;

/// Whether a conversation decided who is tried first, and why.
public enum Sticky {
  NO_CONVERSATION("no session is named, and there are no messages to know it by"),
  OFF_BY_ORDER("provider.order switches it off"),
  PINNED("this endpoint answered the conversation last"),
  HASHED("a hash of the session draws the endpoint, the same on every replica"),
  PIN_IN_OUTAGE("the endpoint that answered last is in an outage"),
  PIN_NOT_ELIGIBLE("the endpoint that answered last cannot serve this request"),
  NOT_CHEAPER("reading the first choice's cache is not cheaper than its prompt price"),
  NOT_OBSERVED("no session is named, and no use of a prompt cache was observed yet"),
  SORTED("the sort decides until an endpoint has answered");

  private final String why;

  Sticky(String why) {
    this.why = why;
  }

  public String why() {
    return why;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
