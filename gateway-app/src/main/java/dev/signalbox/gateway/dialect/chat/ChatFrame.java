package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import tools.jackson.databind.node.ObjectNode;

/// What every chunk of an answer repeats.
record ChatFrame(AnswerFacts facts, boolean legacy) {
  ObjectNode open(boolean chunk) {
    String object =
        legacy ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion";
    return Json.object()
        .put("id", facts.generationId())
        .put("object", object)
        .put("created", facts.created())
        .put("model", facts.model())
        .put("provider", facts.providerName());
  }

  static ObjectNode error(UpstreamFault fault) {
    var error = Json.object().put("code", fault.status()).put("message", fault.message());
    var metadata = error.putObject("metadata").put("error_type", fault.errorType());
    fault.providerCode().ifPresent(code -> metadata.put("provider_code", code));
    return error;
  }
}
