package dev.signalbox.gateway.admin;

import org.springframework.http.HttpMethod;
import reactor.core.publisher.Mono;

/// One thing that operators can ask for.
///
/// @param path below `/admin/v1`
public record AdminRoute(HttpMethod method, String path, Handler handler) {
  /// Does what was asked.
  interface Handler {
    Mono<AdminReply> handle(AdminRequest asked);
  }

  static AdminRoute get(String path, Handler handler) {
    return new AdminRoute(HttpMethod.GET, path, handler);
  }

  static AdminRoute post(String path, Handler handler) {
    return new AdminRoute(HttpMethod.POST, path, handler);
  }

  static AdminRoute put(String path, Handler handler) {
    return new AdminRoute(HttpMethod.PUT, path, handler);
  }

  static AdminRoute patch(String path, Handler handler) {
    return new AdminRoute(HttpMethod.PATCH, path, handler);
  }

  static AdminRoute delete(String path, Handler handler) {
    return new AdminRoute(HttpMethod.DELETE, path, handler);
  }
}
