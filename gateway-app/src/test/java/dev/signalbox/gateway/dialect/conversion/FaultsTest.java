package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {
  /// Errors as providers word them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          400 | {"error":{"message":"Too big: maximum context length is 9","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}} | 400 | context_length_exceeded | context_length_exceeded | Too big: maximum context length is 9
          429 | {"error":{"code":429,"message":"Quota is gone.","status":"RESOURCE_EXHAUSTED","details":[]}} | 429 | rate_limit_exceeded | RESOURCE_EXHAUSTED | Quota is gone.
          400 | [{"error":{"code":400,"message":"Odd.","status":"INVALID_ARGUMENT"}}] | 400 | invalid_request | INVALID_ARGUMENT | Odd.
          529 | {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"} | 529 | provider_overloaded | overloaded_error | Overloaded
          400 | {"message":"The model returned the following errors: odd"} | 400 | invalid_request | ~~ | The model returned the following errors: odd
          422 | {"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"} | 422 | unprocessable | invalid_request_error | Extra inputs are not permitted
          422 | {"detail":[{"loc":["body"],"msg":"field required"},{"msg":"too short"}]} | 422 | unprocessable | ~~ | field required; too short
          404 | {"error":"model not found"} | 404 | not_found | ~~ | model not found
          400 | {"error":{"message":"Filtered.","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}} | 400 | content_policy_violation | content_filter | Filtered.
          400 | {"error":{"code":400,"message":"API key not valid. Please pass one.","status":"INVALID_ARGUMENT"}} | 401 | authentication | INVALID_ARGUMENT | API key not valid. Please pass one.
          400 | {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low."}} | 402 | payment_required | invalid_request_error | Your credit balance is too low.
          200 | {"error":{"message":"busy","code":503}} | 503 | provider_overloaded | ~~ | busy
          200 | {"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"No more.","param":null}} | 402 | payment_required | insufficient_quota | No more.
          200 | {"error":{"message":"odd"}} | 502 | provider_unavailable | ~~ | odd
          500 | <html>oops</html> | 500 | provider_unavailable | ~~ | Provider returned error
          401 | {"error":{"message":"Wrong key sk-proj-abcdefgh, or AIzaSyA1234567, or Bearer abc.def"}} | 401 | authentication | ~~ | Wrong key [removed], or [removed], or [removed]
          413 | {"error":{"message":"Request too large: Limit 6000, Requested 7000","type":"tokens","code":"rate_limit_exceeded"}} | 413 | rate_limit_exceeded | rate_limit_exceeded | Request too large: Limit 6000, Requested 7000
          400 | {"error":{"message":"Invalid value: 'rate_limit_exceeded'"}} | 400 | invalid_request | ~~ | Invalid value: 'rate_limit_exceeded'
          403 | {"error":{"message":"Your input was flagged.","code":403,"metadata":{"reasons":["hate"]}}} | 403 | content_policy_violation | ~~ | Your input was flagged.
          403 | {"code":"denied","error":"Content violates usage guidelines."} | 403 | content_policy_violation | denied | Content violates usage guidelines.
          410 | {"error":{"message":"The model was retired."}} | 410 | not_found | ~~ | The model was retired.
          498 | {} | 498 | rate_limit_exceeded | ~~ | Provider returned error
          404 | {"error":{"message":"us.anthropic.claude-sonnet-4-5-20250929-v1 is not known"}} | 404 | not_found | ~~ | us.anthropic.claude-sonnet-4-5-20250929-v1 is not known
          """)
  void isReadFromEveryShape(
      int status, String body, int meant, String type, String code, String message) {
    var fault = Faults.of(status, body.getBytes(StandardCharsets.UTF_8));
    assertThat(fault.status()).isEqualTo(meant);
    assertThat(fault.errorType()).isEqualTo(type);
    assertThat(fault.providerCode().orElse("")).isEqualTo(code);
    assertThat(fault.message()).isEqualTo(message);
  }
}
