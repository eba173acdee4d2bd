package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import dev.signalbox.gateway.wire.Needle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/// The top-level fields of a request, to be changed.
interface ChatFields {
  boolean has(String name);

  /// Returns a field's value, which may be changed and set again; a missing node if it is absent.
  JsonNode get(String name);

  void set(String name, JsonNode value);

  void remove(String name);

  /// Returns whether a field may hold a word, at the cost of a look.
  boolean mentions(String name, String word);

  /// ChatFields of a tree.
  static ChatFields of(ObjectNode tree) {
    return new Tree(tree);
  }

  /// ChatFields of a body that is not parsed but where it must be.
  static ChatFields of(Members members, JsonSplice splice) {
    return new Spliced(members, splice, new HashMap<>());
  }

  /// A tree.
  record Tree(ObjectNode tree) implements ChatFields {
    @Override
    public boolean has(String name) {
      return Json.member(tree, name).isPresent();
    }

    @Override
    public JsonNode get(String name) {
      return tree.path(name);
    }

    @Override
    public void set(String name, JsonNode value) {
      tree.set(name, value);
    }

    @Override
    public void remove(String name) {
      tree.remove(name);
    }

    @Override
    public boolean mentions(String name, String word) {
      return has(name);
    }
  }

  /// A body, and what is changed in it.
  ///
  /// @param changed a missing node stands for a field that was removed
  record Spliced(Members members, JsonSplice splice, Map<String, JsonNode> changed)
      implements ChatFields {
    @Override
    public boolean has(String name) {
      JsonNode value = changed.get(name);
      return value == null ? members.has(name) : !value.isMissingNode();
    }

    @Override
    public JsonNode get(String name) {
      JsonNode value = changed.get(name);
      if (value != null) {
        return value;
      }
      Span span = members.value(name);
      if (span == null) {
        return MissingNode.getInstance();
      }
      try {
        return Json.parse(Arrays.copyOfRange(members.bytes(), span.from(), span.to()));
      } catch (JacksonException notJson) {
        // A look at the whole is more lenient than a reading of the parts.
        throw Problem.invalidRequest(name + ": not valid JSON");
      }
    }

    @Override
    public void set(String name, JsonNode value) {
      changed.put(name, value);
      splice.set(name, Json.text(value));
    }

    @Override
    public void remove(String name) {
      if (has(name)) {
        changed.put(name, MissingNode.getInstance());
      }
      splice.remove(name);
    }

    @Override
    public boolean mentions(String name, String word) {
      if (changed.containsKey(name)) {
        return has(name);
      }
      Span span = members.value(name);
      return span != null && Needle.of(word).isIn(span, members.bytes());
    }
  }
}
