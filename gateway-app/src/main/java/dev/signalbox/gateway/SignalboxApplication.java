package dev.signalbox.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Starts the gateway.
@SpringBootApplication
public class SignalboxApplication {
  private static final String LEAK_SAMPLING = "io.netty.leakDetection.samplingInterval";
  private static final String BUFFERS = "io.netty.allocator.type";

  public static void main(String[] arguments) {
    // Netty's other allocator, its default, goes to the system for memory with every long prompt.
    choose(BUFFERS, "pooled");
    // Netty takes a stack trace for one buffer in 128, which is 2 % of a request's cost. A leak is
    // found as surely with fewer, if later.
    choose(LEAK_SAMPLING, "4096");
    SpringApplication.run(SignalboxApplication.class, arguments);
  }

  /// An operator's own choice stands.
  private static void choose(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
