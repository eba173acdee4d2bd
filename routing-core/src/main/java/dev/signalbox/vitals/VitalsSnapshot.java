package dev.signalbox.vitals;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Offering;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The vitals of all endpoints at one moment.
public final class VitalsSnapshot {
  public static final VitalsSnapshot EMPTY = new VitalsSnapshot(Map.of());

  private final Map<EndpointId, Vitals> byEndpoint;

  /// Made when a model is first planned for, by its slug: many plans read one snapshot.
  private final Map<String, VitalsTable> tables = new ConcurrentHashMap<>();

  public VitalsSnapshot(Map<EndpointId, Vitals> byEndpoint) {
    this.byEndpoint = Collections.unmodifiableMap(new HashMap<>(byEndpoint));
  }

  public Map<EndpointId, Vitals> byEndpoint() {
    return byEndpoint;
  }

  public Vitals of(EndpointId endpoint) {
    return byEndpoint.getOrDefault(endpoint, Vitals.UNKNOWN);
  }

  /// @param model all endpoints of one model, as their catalog lists them
  public VitalsTable of(List<Offering> model) {
    if (model.isEmpty()) {
      return new VitalsTable(model, this);
    }
    String slug = model.getFirst().endpoint().model().slug();
    VitalsTable known = tables.get(slug);
    if (known != null && known.isOf(model)) {
      return known;
    }
    var made = new VitalsTable(model, this);
    tables.put(slug, made);
    return made;
  }
}
