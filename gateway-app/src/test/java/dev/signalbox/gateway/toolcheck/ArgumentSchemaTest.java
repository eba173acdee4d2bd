package dev.signalbox.gateway.toolcheck;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class ArgumentSchemaTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static boolean allows(String schema, String value) {
    return new ArgumentSchema(JSON.readTree(schema)).allows(JSON.readTree(value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"type\":\"object\"} | {} | true",
        "{\"type\":\"object\"} | [] | false",
        "{\"type\":\"object\"} | \"text\" | false",
        "{\"type\":[\"string\",\"null\"]} | null | true",
        "{\"type\":[\"string\",\"null\"]} | 1 | false",
        "{\"type\":\"integer\"} | 1.0 | true",
        "{\"type\":\"integer\"} | 1.5 | false",
        "{\"type\":\"string\",\"nullable\":true} | null | true",
        "{\"type\":\"strange\"} | 1 | true",
        "{\"required\":[\"city\"]} | {\"city\":null} | true",
        "{\"required\":[\"city\"]} | {\"town\":1} | false",
        "{\"properties\":{\"n\":{\"type\":\"number\"}}} | {\"n\":\"1\"} | false",
        "{\"properties\":{\"n\":{}},\"additionalProperties\":false} | {\"n\":1} | true",
        "{\"properties\":{\"n\":{}},\"additionalProperties\":false} | {\"m\":1} | false",
        "{\"additionalProperties\":{\"type\":\"string\"}} | {\"m\":1} | false",
        "{\"patternProperties\":{\".\":{}},\"additionalProperties\":false} | {\"m\":1} | true",
        "{\"enum\":[\"c\",\"f\",1]} | \"f\" | true",
        "{\"enum\":[\"c\",\"f\",1]} | 1.0 | true",
        "{\"enum\":[\"c\",\"f\",1]} | \"k\" | false",
        "{\"const\":{\"a\":1}} | {\"a\":1} | true",
        "{\"const\":{\"a\":1}} | {\"a\":2} | false",
        "{\"items\":{\"type\":\"string\"}} | [\"a\",1] | false",
        "{\"items\":[{\"type\":\"string\"},{\"type\":\"number\"}]} | [\"a\",1,true] | true",
        "{\"minItems\":2} | [1] | false",
        "{\"maxItems\":1} | [1,2] | false",
        "{\"minimum\":1,\"maximum\":2} | 2 | true",
        "{\"minimum\":1,\"maximum\":2} | 3 | false",
        "{\"exclusiveMaximum\":2} | 2 | false",
        "{\"exclusiveMinimum\":2} | 2 | false",
        "{\"exclusiveMinimum\":true} | 2 | true",
        "{\"minLength\":2} | \"é\" | false",
        "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]} | 1 | false",
        "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]} | null | true",
        "{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]} | 1 | false",
        "{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]} | 1.5 | true",
        "{\"allOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]} | {\"a\":1} | false",
        "{\"not\":{\"type\":\"string\"}} | \"a\" | false",
        "false | {} | false",
        "\"not a schema\" | {} | true",
        "{\"properties\":5,\"required\":\"x\",\"enum\":1} | {\"a\":1} | true",
      })
  void knowsTheKeywords(String schema, String value, boolean allowed) {
    assertThat(allows(schema, value)).isEqualTo(allowed);
  }

  @Test
  void referencesAreFollowedInsideTheDocumentAndEndlessOnesGivenUp() {
    String tree =
        "{\"$ref\":\"#/definitions/node\",\"definitions\":{\"node\":{\"type\":\"object\","
            + "\"properties\":{\"next\":{\"$ref\":\"#/definitions/node\"}}}}}";
    assertThat(allows(tree, "{\"next\":{\"next\":{}}}")).isTrue();
    assertThat(allows(tree, "{\"next\":{\"next\":1}}")).isFalse();
    assertThat(allows("{\"$ref\":\"#\"}", "1")).isTrue();
    assertThat(allows("{\"$ref\":\"https://elsewhere/x.json\"}", "1")).isTrue();
    assertThat(allows("{\"$ref\":\"#/nowhere\"}", "1")).isTrue();
  }
}
