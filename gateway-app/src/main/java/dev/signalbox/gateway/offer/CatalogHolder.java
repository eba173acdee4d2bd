package dev.signalbox.gateway.offer;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// The offer in force. Replaced whole; requests under way keep the one they began with.
public final class CatalogHolder {
  private final List<Consumer<Offer>> listeners = new CopyOnWriteArrayList<>();
  private volatile Offer current;

  public CatalogHolder(Offer first) {
    current = first;
  }

  public Offer current() {
    return current;
  }

  /// Puts an offer in force, then tells the listeners.
  public void replace(Offer offer) {
    current = offer;
    listeners.forEach(listener -> listener.accept(offer));
  }

  public void onChange(Consumer<Offer> listener) {
    listeners.add(listener);
  }
}
