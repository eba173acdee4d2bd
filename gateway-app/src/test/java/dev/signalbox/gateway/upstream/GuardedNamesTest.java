package dev.signalbox.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.offer.HostRules;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuardedNamesTest {
  /// `localhost` is a name whose addresses are known everywhere, and private.
  private static Throwable lookUp(HostRules rules) throws Exception {
    var executor = new DefaultEventExecutor();
    try (var names = new GuardedNames(rules)) {
      var unresolved = InetSocketAddress.createUnresolved("localhost", 443);
      var one = names.getResolver(executor).resolve(unresolved).await();
      var all = names.getResolver(executor).resolveAll(unresolved).await();
      assertThat(one.isSuccess()).isEqualTo(all.isSuccess());
      return one.cause();
    } finally {
      executor.shutdownGracefully();
    }
  }

  @Test
  void aNameThatMeansAPrivateAddressMeansNothing() throws Exception {
    assertThat(lookUp(new HostRules(Set.of()))).isInstanceOf(UnknownHostException.class);
  }

  @Test
  void unlessItIsListed() throws Exception {
    assertThat(lookUp(new HostRules(Set.of("localhost")))).isNull();
  }
}
