package dev.signalbox.gateway;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// Starts the gateway.
@SpringBootApplication
public class SignalboxApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(SignalboxApplication.class, arguments);
  }
}
