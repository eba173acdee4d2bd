package dev.signalbox.gateway.openapi;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/openapi.json` and `/openapi.yaml`: what the API's port serves.
@RestController
class DocumentEndpoint {
  private final ApiDocument document = ApiDocument.named("api");

  @GetMapping(path = "/openapi.json", produces = "application/json")
  byte[] json() {
    return document.json();
  }

  @GetMapping(path = "/openapi.yaml", produces = "application/yaml")
  byte[] yaml() {
    return document.yaml();
  }
}
