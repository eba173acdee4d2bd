package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class JsonSpliceTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static String text(JsonSplice splice) {
    var out = new ByteArrayOutputStream();
    for (ByteBuffer piece : splice.pieces()) {
      out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsUnchangedKeepsItsBytes() {
    byte[] body = "{\"x\" : 1.50, \"model\":\"a\", \"provider\":{}, \"y\": [ ] }".getBytes();
    var splice = JsonSplice.of(Members.scan(body)).set("model", "\"b\"").remove("provider");
    assertThat(text(splice)).isEqualTo("{\"x\" : 1.50,\"model\":\"b\",\"y\": [ ]}");
  }

  @Test
  void aLargeBodyIsNotCopied() {
    String prompt = "p".repeat(1_000_000);
    byte[] body = ("{\"messages\":\"" + prompt + "\",\"model\":\"a\"}").getBytes();
    var pieces = JsonSplice.of(Members.scan(body)).set("model", "\"b\"").pieces();
    int fresh =
        pieces.stream()
            .filter(piece -> piece.array() != body)
            .mapToInt(ByteBuffer::remaining)
            .sum();
    assertThat(fresh).isLessThan(100);
  }

  @Test
  void anyChangesGiveWhatATreeWouldGive() {
    var random = new Random(11);
    for (int round = 0; round < 5_000; round++) {
      var members = new LinkedHashMap<String, Object>();
      for (int i = random.nextInt(8); i > 0; i--) {
        members.put(
            "m" + random.nextInt(10), random.nextBoolean() ? "v" + i : java.util.List.of(i));
      }
      byte[] body = JSON.writeValueAsBytes(members);
      ObjectNode expected = (ObjectNode) JSON.readTree(body);
      var splice = JsonSplice.of(Members.scan(body));
      for (int i = random.nextInt(5); i > 0; i--) {
        String name = "m" + random.nextInt(10);
        if (random.nextBoolean()) {
          splice.remove(name);
          expected.remove(name);
        } else {
          splice.set(name, "42");
          expected.put(name, 42);
        }
      }
      JsonNode got = JSON.readTree(text(splice));
      assertThat(got).as("round %d of %s", round, new String(body)).isEqualTo(expected);
    }
  }
}
