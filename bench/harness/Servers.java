package harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The servers under test, by name: how each is built and started. */
final class Servers {
  /** A server: its label in reports, whether it warms up, and its command line for a port. */
  record Spec(String name, String label, boolean isJvm, Function<Integer, List<String>> command) {}

  static final String JAVA_FLOOR = "java-nio";
  static final String NETTY = "netty";
  static final String LEAT = "leat";

  private static final Map<String, Spec> ALL = new LinkedHashMap<>();

  static {
    add("c-epoll", "C epoll, fixed answer", false, port -> List.of(Build.epollPlain(), "" + port));
    add(JAVA_FLOOR, "Java NIO, fixed answer", true, port -> java(Build.nioClasspath(), "peers.NioPlain", "" + port));
    add("nginx", "nginx", false, Servers::nginx);
    add(NETTY, "raw Netty 4.2 NIO", true,
        port -> java(Build.nettyClasspath(), "peers.NettyPlain", "" + port));
    add(LEAT, "leat, :executor :none", true, port -> leat(port, "{:executor :none}"));
    add("leat-default", "leat, default executor", true, port -> leat(port, "{}"));
  }

  private Servers() {}

  private static void add(String name, String label, boolean isJvm, Function<Integer, List<String>> command) {
    ALL.put(name, new Spec(name, label, isJvm, command));
  }

  static String names() {
    return String.join(",", ALL.keySet());
  }

  static Spec named(String name) {
    Spec spec = ALL.get(name);
    if (spec == null) {
      throw new IllegalArgumentException("No server " + name + ". There are: " + names());
    }
    return spec;
  }

  /** Returns the command line of a leat server with the handler of bench/leat/plain.clj. */
  static List<String> leat(int port, String options) {
    return java(Build.leatClasspath(), "clojure.main", Build.root().resolve("bench/leat/plain.clj").toString(), "" + port,
        options);
  }

  /** Returns a command line of the JVM, with the same flags for every server. */
  static List<String> java(String classpath, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Build.jdkTool("java"), "-Xmx1g"));
    String flags = System.getenv("BENCH_JAVA_FLAGS");
    if (flags != null && !flags.isBlank()) {
      command.addAll(List.of(flags.strip().split("\\s+")));
    }
    command.addAll(List.of("-cp", classpath));
    command.addAll(List.of(arguments));
    return command;
  }

  private static List<String> nginx(int port) {
    try {
      Path folder = Files.createDirectories(Build.dir().resolve("nginx"));
      Path configuration = folder.resolve("nginx.conf");
      Files.writeString(configuration, Files.readString(Build.root().resolve("bench/peers/nginx.conf"))
          .replace("@PORT@", "" + port).replace("@DIR@", folder.toString()));
      return List.of("nginx", "-e", "stderr", "-p", folder.toString(), "-c", configuration.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
