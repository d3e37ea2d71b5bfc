package harness;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The TCP echo servers that can be compared, by name. */
final class EchoServers {
  static final String NETTY = "netty";

  private static final Map<String, Servers.Spec> ALL = new LinkedHashMap<>();

  static {
    add("java-nio", "Java NIO", port -> Servers.java(Build.nioEchoClasspath(), "peers.NioEcho", "" + port));
    add(NETTY, "raw Netty 4.2 NIO", port -> Servers.java(Build.nettyEchoClasspath(), "peers.NettyEcho", "" + port));
    add("leat-handler", "leat, handler on the engine", port -> leat(port, ":handler"));
    add("leat", "leat.tcp, stream, :executor :none", port -> leat(port, "{:executor :none}"));
    add("leat-default", "leat.tcp, stream, default executor", port -> leat(port, "{}"));
  }

  private EchoServers() {}

  private static void add(String name, String label, Function<Integer, List<String>> command) {
    ALL.put(name, new Servers.Spec(name, label, true, command));
  }

  private static List<String> leat(int port, String options) {
    return Servers.java(Build.leatClasspath(), "clojure.main", Build.root().resolve("bench/leat/echo.clj").toString(),
        "" + port, options);
  }

  static String names() {
    return String.join(",", ALL.keySet());
  }

  static Servers.Spec named(String name) {
    Servers.Spec spec = ALL.get(name);
    if (spec == null) {
      throw new IllegalArgumentException("No echo server " + name + ". There are: " + names());
    }
    return spec;
  }
}
