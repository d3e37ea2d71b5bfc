package leat.net;

import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import leat.async.Clock;
import leat.async.Deferred;

/**
 * Asks given name servers, tries search domains, and finds services (SRV records), with the library dnsjava: the one class
 * of leat that needs it, and only when it is used. It is called by reflection, so that leat compiles and runs without it.
 *
 * <p>Answers are cached as those of the system's resolver, for 30 s, and failures for 5 s.
 */
public final class DnsJavaResolver implements Resolver {
  private static final String COORDINATE = "dnsjava/dnsjava {:mvn/version \"3.6.3\"}";

  // RFC 1035 and 3596, 2782: types of records.
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int SRV = 33;

  // org.xbill.DNS.Lookup.getResult().
  private static final int UNRECOVERABLE = 1;
  private static final int TRY_AGAIN = 2;

  /**
   * Where a service is offered (RFC 2782).
   *
   * @param host the name of a host
   * @param port its port
   * @param priority hosts with lower numbers are to be tried first
   * @param weight among those of one priority, hosts with higher numbers are to get more
   */
  public record Service(String host, int port, int priority, int weight) {}

  private final String[] searchDomains;
  private final Object resolver;
  private final CachingResolver cache;

  /**
   * Makes a resolver.
   *
   * @param nameServers whom to ask, one after another; empty for those of the system
   * @param searchDomains what to append to names without a dot; empty for those of the system
   * @param timeout how long to wait for one answer
   * @throws IllegalStateException if dnsjava is not on the class path; the message says what to add
   */
  public DnsJavaResolver(List<InetSocketAddress> nameServers, List<String> searchDomains, Duration timeout) {
    this.searchDomains = searchDomains.toArray(new String[0]);
    this.resolver = resolver(nameServers, timeout);
    this.cache = new CachingResolver(this::addresses, Duration.ofSeconds(30), Duration.ofSeconds(5), 1024, Clock.SYSTEM);
  }

  @Override
  public Deferred<List<InetAddress>> resolve(String host) {
    return cache.resolve(host);
  }

  /**
   * Looks up where a service is offered. Not cached.
   *
   * @param name such as {@code "_xmpp-server._tcp.example.org"}
   * @return a deferred of the places, by priority, those of more weight first; empty if there is none. It fails with an
   *     {@link UnknownHostException} if no name server answers
   */
  public Deferred<List<Service>> services(String name) {
    Deferred<List<Service>> result = new Deferred<>();
    try {
      CachingResolver.execute(() -> {
        try {
          result.success(lookUpServices(name));
        } catch (Throwable t) {
          result.error(t);
        }
      });
    } catch (RejectedExecutionException tooMany) {
      result.error(new UnknownHostException("Cannot look up " + name + ": too many look-ups wait already"));
    }
    return result;
  }

  // ---- on the threads of CachingResolver

  private List<InetAddress> addresses(String host) throws UnknownHostException {
    List<InetAddress> found = new ArrayList<>();
    for (int type : new int[] {A, AAAA}) {
      for (Object each : records(host, type)) {
        found.add((InetAddress) call(each, "getAddress"));
      }
    }
    return found;
  }

  private List<Service> lookUpServices(String name) throws UnknownHostException {
    List<Service> found = new ArrayList<>();
    for (Object each : records(name, SRV)) {
      Object target = call(each, "getTarget");
      String host = (String) call(target, "toString", new Class<?>[] {boolean.class}, true);
      found.add(new Service(host, (Integer) call(each, "getPort"), (Integer) call(each, "getPriority"),
          (Integer) call(each, "getWeight")));
    }
    found.sort(Comparator.comparingInt(Service::priority).thenComparing(Service::weight, Comparator.reverseOrder()));
    return found;
  }

  private Object[] records(String name, int type) throws UnknownHostException {
    Object lookup = make("Lookup", new Class<?>[] {String.class, int.class}, name, type);
    call(lookup, "setResolver", new Class<?>[] {dnsClass("Resolver")}, resolver);
    // What is kept, and for how long, is decided in one place.
    call(lookup, "setCache", new Class<?>[] {dnsClass("Cache")}, (Object) null);
    if (searchDomains.length > 0) {
      call(lookup, "setSearchPath", new Class<?>[] {String[].class}, (Object) searchDomains);
    }
    Object[] records = (Object[]) call(lookup, "run");
    int outcome = (Integer) call(lookup, "getResult");
    if (outcome == UNRECOVERABLE || outcome == TRY_AGAIN) {
      throw new UnknownHostException("Cannot look up " + name + ": " + call(lookup, "getErrorString"));
    }
    return records == null ? new Object[0] : records;
  }

  // ---- dnsjava

  private static Object resolver(List<InetSocketAddress> nameServers, Duration timeout) {
    Class<?>[] durations = {Duration.class};
    if (nameServers.isEmpty()) {
      Object system = make("ExtendedResolver", new Class<?>[0]);
      call(system, "setTimeout", durations, timeout);
      return system;
    }
    List<Object> all = new ArrayList<>();
    for (InetSocketAddress each : nameServers) {
      Object one = make("SimpleResolver", new Class<?>[] {InetSocketAddress.class}, each);
      call(one, "setTimeout", durations, timeout);
      all.add(one);
    }
    return all.size() == 1 ? all.get(0) : make("ExtendedResolver", new Class<?>[] {Iterable.class}, all);
  }

  private static Class<?> dnsClass(String name) {
    try {
      return Class.forName("org.xbill.DNS." + name);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IllegalStateException("Name servers, search domains and SRV records need the library dnsjava: add "
          + COORDINATE + " to the dependencies", e);
    }
  }

  private static Object make(String name, Class<?>[] types, Object... arguments) {
    try {
      return dnsClass(name).getConstructor(types).newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw failed(name, e);
    }
  }

  private static Object call(Object target, String method) {
    return call(target, method, new Class<?>[0]);
  }

  private static Object call(Object target, String method, Class<?>[] types, Object... arguments) {
    try {
      return target.getClass().getMethod(method, types).invoke(target, arguments);
    } catch (ReflectiveOperationException e) {
      throw failed(method, e);
    }
  }

  private static RuntimeException failed(String what, ReflectiveOperationException e) {
    Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
    return cause instanceof RuntimeException thrown ? thrown
        : new IllegalStateException("dnsjava failed at " + what + ": " + cause.getMessage(), cause);
  }
}
