package dev.signalbox.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortTest {
  @Test
  void portsAreBelowThoseOfOutgoingConnectionsAndNeverTheSame() throws IOException {
    Set<Integer> chosen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      int port = FreePort.choose();
      assertThat(port).isBetween(20_000, 25_999);
      assertThat(chosen.add(port)).isTrue();
      new ServerSocket(port).close();
      assertThat(FreePort.chooseForDatabase()).isBetween(26_000, 31_999);
    }
  }

  @Test
  void aPortWhereSomebodyListensOnLoopbackOnlyIsNotFree() throws IOException {
    int port = FreePort.choose();
    try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(FreePort.isFree(taken.getLocalPort())).isFalse();
    }
    assertThat(FreePort.isFree(port)).isTrue();
  }
}
