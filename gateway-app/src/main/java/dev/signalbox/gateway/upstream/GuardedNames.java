package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.offer.HostRules;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.scheduler.Schedulers;

/// Looks names up for providers whose URL arrived over the API: an address that is not public is as
/// good as none. The address that was judged is the one that is connected to.
final class GuardedNames extends AddressResolverGroup<InetSocketAddress> {
  private final HostRules hosts;

  GuardedNames(HostRules hosts) {
    this.hosts = hosts;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Names(executor).asAddressResolver();
  }

  private final class Names extends InetNameResolver {
    Names(EventExecutor executor) {
      super(executor);
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      // The Java library waits for the name's server: not on an event loop.
      Schedulers.boundedElastic()
          .schedule(
              () -> {
                try {
                  promise.trySuccess(allowed(host).getFirst());
                } catch (UnknownHostException e) {
                  promise.tryFailure(e);
                }
              });
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      Schedulers.boundedElastic()
          .schedule(
              () -> {
                try {
                  promise.trySuccess(allowed(host));
                } catch (UnknownHostException e) {
                  promise.tryFailure(e);
                }
              });
    }

    private List<InetAddress> allowed(String host) throws UnknownHostException {
      List<InetAddress> found =
          Stream.of(InetAddress.getAllByName(host))
              .filter(address -> hosts.lists(host) || !HostRules.forbids(address))
              .toList();
      if (found.isEmpty()) {
        throw new UnknownHostException(host + ": no public address");
      }
      return found;
    }
  }
}
