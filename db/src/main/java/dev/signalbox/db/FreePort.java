package dev.signalbox.db;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// Ports for servers that are told theirs before they start, and keep it over a restart.
///
/// They lie below the range from which Linux (32768–60999), macOS and Windows (49152–65535) take
/// the ports of outgoing connections. A port of that range is anybody's while its server is down; a
/// client that knocks at it for long may even be given it for its own side, and is then connected
/// to itself.
///
/// Embedded databases have the upper half: a gateway that was told its ports starts a database
/// before it listens on them, and another process chooses that database's.
public final class FreePort {
  private static final int FIRST = 20_000;
  private static final int FIRST_OF_DATABASES = 26_000;
  private static final int COUNT = 6_000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePort() {}

  /// Returns a port on which nobody listens, on any address of this machine; within one process
  /// never the same twice, until all were tried.
  public static int choose() throws IOException {
    return choose(FIRST);
  }

  /// Returns such a port for an embedded database.
  static int chooseForDatabase() throws IOException {
    return choose(FIRST_OF_DATABASES);
  }

  private static int choose(int first) throws IOException {
    for (int i = 0; i < COUNT; i++) {
      int port = first + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("no port between %d and %d is free".formatted(first, first + COUNT - 1));
  }

  /// Says whether a server could listen on this port now.
  static boolean isFree(int port) {
    return canListen(new InetSocketAddress(port))
        && canListen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static boolean canListen(InetSocketAddress address) {
    try (var probe = new ServerSocket()) {
      probe.bind(address, 1);
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
