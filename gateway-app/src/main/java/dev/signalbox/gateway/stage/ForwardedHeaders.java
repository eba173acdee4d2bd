package dev.signalbox.gateway.stage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/// Headers of a request that are a provider's business: Anthropic's clients say in them which of
/// its versions and previews they know.
public final class ForwardedHeaders {
  private static final Pattern VERSION = Pattern.compile("[\\w.-]{1,32}");
  private static final Pattern BETAS = Pattern.compile("[\\w.,: -]{1,1024}");

  private ForwardedHeaders() {}

  public static Map<String, String> of(HttpHeaders headers) {
    String version = headers.getFirst("anthropic-version");
    List<String> betas = new ArrayList<>();
    for (String name : List.of("anthropic-beta", "x-anthropic-beta")) {
      betas.addAll(headers.getOrEmpty(name));
    }
    if (version == null && betas.isEmpty()) {
      return Map.of();
    }
    var forwarded = new HashMap<String, String>();
    if (version != null && VERSION.matcher(version).matches()) {
      forwarded.put("anthropic-version", version);
    }
    String all = String.join(",", betas);
    if (!all.isEmpty() && BETAS.matcher(all).matches()) {
      forwarded.put("anthropic-beta", all);
    }
    return forwarded;
  }
}
