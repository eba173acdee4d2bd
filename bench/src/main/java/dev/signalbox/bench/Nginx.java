package dev.signalbox.bench;

import dev.signalbox.db.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// nginx as a plain reverse proxy: what passing bytes on costs at least.
record Nginx(Launched launched, int port) implements Gateway {
  private static final String CONFIGURATION =
      """
      worker_processes 2;
      daemon off;
      pid %1$s/nginx.pid;
      error_log stderr error;
      worker_rlimit_nofile 20000;
      events { worker_connections 16000; }
      http {
        access_log off;
        client_body_temp_path %1$s/body;
        proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/fastcgi;
        uwsgi_temp_path %1$s/uwsgi;
        scgi_temp_path %1$s/scgi;
        client_max_body_size 32m;
        client_body_buffer_size 2m;
        keepalive_requests 1000000;
        upstream provider { server 127.0.0.1:%2$d; keepalive 256; keepalive_requests 1000000; }
        server {
          listen 127.0.0.1:%3$d backlog=8192;
          location / {
            proxy_pass http://provider;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
          }
        }
      }
      """;

  static Nginx start(Path directory, int provider) throws IOException, InterruptedException {
    int port = FreePort.choose();
    Path home = Files.createDirectories(directory.resolve("nginx"));
    Path file = home.resolve("nginx.conf");
    Files.writeString(file, CONFIGURATION.formatted(home, provider, port));
    var launched =
        Launched.start(
            home.resolve("log"),
            Map.of(),
            List.of("nginx", "-c", file.toString(), "-p", home.toString()));
    return new Nginx(launched.awaitPort(port), port);
  }

  @Override
  public String name() {
    return "nginx";
  }

  @Override
  public List<Long> processes() {
    return launched.tree();
  }

  @Override
  public Address address(String mode) {
    return Direct.passing(port, mode);
  }

  @Override
  public void close() throws IOException {
    launched.close();
  }
}
