package dev.signalbox.gateway.admin;

import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.openapi.ApiDocument;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.problem.Skin;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/// The routes of the operator API. Nothing is answered before the operator's key was seen: not even
/// whether a path exists.
public final class AdminApi {
  public static final String ROOT = "/admin/v1";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private final Callers callers;
  private final List<AdminRoute> routes;
  private final ApiDocument document = ApiDocument.named("admin");

  AdminApi(Callers callers, List<AdminRoute> routes) {
    this.callers = callers;
    this.routes = List.copyOf(routes);
  }

  public List<AdminRoute> routes() {
    return routes;
  }

  RouterFunction<ServerResponse> router() {
    var router = RouterFunctions.route();
    for (AdminRoute route : routes) {
      router.route(
          RequestPredicates.method(route.method()).and(RequestPredicates.path(ROOT + route.path())),
          request -> answer(request, route.handler()));
    }
    router.GET(
        ROOT + "/openapi.json",
        request -> toOperators(request, MediaType.APPLICATION_JSON, document.json()));
    router.GET(
        ROOT + "/openapi.yaml",
        request -> toOperators(request, MediaType.APPLICATION_YAML, document.yaml()));
    router.route(
        RequestPredicates.path(ROOT + "/**"),
        request -> answer(request, asked -> Mono.error(Problem.notFound("Resource not found"))));
    return router.build();
  }

  /// Returns the document's routes for a port that has no other document.
  RouterFunction<ServerResponse> documents() {
    return RouterFunctions.route()
        .GET("/openapi.json", _ -> text(MediaType.APPLICATION_JSON, document.json()))
        .GET("/openapi.yaml", _ -> text(MediaType.APPLICATION_YAML, document.yaml()))
        .build();
  }

  private Mono<ServerResponse> toOperators(ServerRequest request, MediaType type, byte[] body) {
    return callers
        .operator(request.exchange().getRequest())
        .flatMap(_ -> text(type, body))
        .onErrorResume(AdminApi::refused);
  }

  private static Mono<ServerResponse> text(MediaType type, byte[] body) {
    return ServerResponse.ok().contentType(type).bodyValue(body);
  }

  private Mono<ServerResponse> answer(ServerRequest request, AdminRoute.Handler handler) {
    return callers
        .operator(request.exchange().getRequest())
        .flatMap(
            operator ->
                request
                    .bodyToMono(byte[].class)
                    .defaultIfEmpty(new byte[0])
                    .flatMap(body -> handler.handle(new AdminRequest(request, operator, body))))
        .flatMap(reply -> json(reply.status(), JSON.writeValueAsBytes(reply.body())))
        .onErrorResume(AdminApi::refused);
  }

  private static Mono<ServerResponse> refused(Throwable error) {
    Problem problem = Problems.of(error);
    var response = ServerResponse.status(problem.status()).contentType(MediaType.APPLICATION_JSON);
    problem.headers().forEach(response::header);
    return response.bodyValue(ProblemBody.json(Skin.CHAT, problem, null, null));
  }

  private static Mono<ServerResponse> json(int status, byte[] body) {
    return ServerResponse.status(status).contentType(MediaType.APPLICATION_JSON).bodyValue(body);
  }
}
