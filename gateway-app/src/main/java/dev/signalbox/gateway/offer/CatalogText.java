package dev.signalbox.gateway.offer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// The values of a YAML document: maps, lists and [Scalar]s, whose text is kept as it was written.
///
/// Aliases are resolved here, so a small file could stand for a huge tree: depth and size are
/// bounded.
final class CatalogText {
  private static final int MAX_CHARACTERS = 16 * 1024 * 1024;
  private static final int MAX_VALUES = 1_000_000;
  private static final int MAX_DEPTH = 32;

  /// @param tag `str`, `int`, `float`, `bool` or `null`
  record Scalar(String text, String tag) {}

  private final String file;
  private final List<String> faults;
  private int values;

  private CatalogText(String file, List<String> faults) {
    this.file = file;
    this.faults = faults;
  }

  /// @param faults gains what is wrong with keys; a text that is no YAML is thrown at once
  static Object parse(String file, String text, List<String> faults) {
    var settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(MAX_CHARACTERS)
            .setMaxAliasesForCollections(1_000)
            .build();
    try {
      var root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        throw new InvalidCatalogException(List.of(file + ": empty (expected: a catalog)"));
      }
      return new CatalogText(file, faults).value(root.get(), "", 0);
    } catch (YamlEngineException | IndexOutOfBoundsException | StackOverflowError broken) {
      String cause = String.valueOf(broken.getMessage()).lines().findFirst().orElse("unreadable");
      throw new InvalidCatalogException(List.of("%s: not YAML: %s".formatted(file, cause)));
    }
  }

  private Object value(Node node, String path, int depth) {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      throw new InvalidCatalogException(
          List.of(
              "%s: %s: too deep or too large (expected: depth <= %d, at most %d values)"
                  .formatted(file, path, MAX_DEPTH, MAX_VALUES)));
    }
    if (node instanceof ScalarNode scalar) {
      String tag = scalar.getTag().getValue();
      return new Scalar(scalar.getValue(), tag.substring(tag.lastIndexOf(':') + 1));
    }
    if (node instanceof SequenceNode sequence) {
      var list = new ArrayList<Object>();
      for (Node item : sequence.getValue()) {
        list.add(value(item, path + "[" + list.size() + "]", depth + 1));
      }
      return list;
    }
    Map<String, Object> map = new LinkedHashMap<>();
    for (var entry : ((MappingNode) node).getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        faults.add("%s: %s: a key that is no text".formatted(file, path));
        continue;
      }
      String inner = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
      if (map.put(key.getValue(), value(entry.getValueNode(), inner, depth + 1)) != null) {
        faults.add("%s: %s: given twice".formatted(file, inner));
      }
    }
    return map;
  }
}
