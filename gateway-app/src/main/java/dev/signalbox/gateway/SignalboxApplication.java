package dev.signalbox.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Starts the gateway.
@SpringBootApplication
public class SignalboxApplication {
  private static final String LEAK_SAMPLING = "io.netty.leakDetection.samplingInterval";

  public static void main(String[] arguments) {
    // Netty takes a stack trace for one buffer in 128, which is 2 % of a request's cost. A leak is
    // found as surely with fewer, if later.
    if (System.getProperty(LEAK_SAMPLING) == null) {
      System.setProperty(LEAK_SAMPLING, "4096");
    }
    SpringApplication.run(SignalboxApplication.class, arguments);
  }
}
