package dev.signalbox.bench;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Measures Signalbox beside its peers.
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    Setup setup = Setup.of(Path.of(arguments[0]));
    Path directory = Files.createTempDirectory("signalbox-bench");
    int port = Launched.freePort();
    String classpath = System.getProperty("java.class.path");
    List<String> java = List.of(setup.java().getFirst(), "-Xmx256m", "-XX:+UseSerialGC");
    var command = new ArrayList<>(java);
    command.addAll(List.of("-cp", classpath, Provider.class.getName(), Integer.toString(port)));
    try (var provider =
            Launched.start(directory.resolve("provider.log"), Map.of(), command).awaitPort(port);
        Gateway bare = Bare.start(directory, setup, port);
        Gateway signalbox = Signalbox.start("signalbox", directory, setup, port, 0, Map.of());
        Gateway nginx = Nginx.start(directory, port)) {
      List<Gateway> gateways = List.of(nginx, bare, signalbox);
      if (arguments.length > 1 && arguments[1].equals("serve")) {
        for (Gateway gateway : gateways) {
          for (String mode : Gateway.Mode.ALL) {
            Target target = gateway.target(mode, 1000);
            System.out.println(
                gateway.name()
                    + " "
                    + gateway.processes()
                    + " "
                    + mode
                    + " "
                    + target.url()
                    + " "
                    + target.headers()
                    + " "
                    + gateway.address(mode).model());
          }
        }
        System.in.transferTo(OutputStream.nullOutputStream());
        return;
      }
      System.out.println("pids: signalbox " + signalbox.processes() + " bare " + bare.processes());
      var saturation = new Saturation(directory, 4, 3);
      List<Saturation.Load> loads = new ArrayList<>(Saturation.LOADS);
      if (arguments.length > 1) {
        loads.removeIf(load -> !load.name().startsWith(arguments[1]));
      }
      for (Saturation.Load load : loads) {
        for (Gateway gateway : List.of(bare, signalbox)) {
          saturation.warmUp(gateway, load, 8);
        }
        saturation.run(gateways, load);
        System.out.println(saturation.table(gateways, List.of(load), "cpu"));
        System.out.println(saturation.table(gateways, List.of(load), "rate"));
        System.out.println(saturation.table(gateways, List.of(load), "failed"));
        System.out.println(saturation.samples.all());
        System.out.println(
            "signalbox / bare "
                + saturation.samples.ratio(
                    load.name() + " | signalbox | cpu", load.name() + " | bare | cpu"));
      }
    }
  }
}
