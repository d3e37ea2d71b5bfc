package harness;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an idle keep-alive connection costs. Each of many connections has one request answered and stays; the live heap
 * after collections, and the resident set, are compared with those of the same warm server without connections.
 */
final class MemoryBench {
  private static final int WARM_UP_CONNECTIONS = 500;
  private static final int SHOWN_CLASSES = 12;

  // "   1:        20010        1280640  sun.nio.ch.SocketChannelImpl (java.base@25)"
  private static final Pattern CLASS_ROW = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");
  private static final long SETTLE_LIMIT_MS = 10_000;

  /** Live bytes by class, and the resident set in KiB. */
  record Heap(Map<String, Long> bytesByClass, long residentKib) {
    long bytes() {
      return bytesByClass.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private final Options options;
  private final int connectionCount;

  MemoryBench(List<String> arguments) {
    options = new Options("memory")
        .row("connections", "10000", "2000", "how many connections; the limit of open files must allow them")
        .row("servers", "java-nio,netty,leat", "java-nio,netty,leat", "which servers")
        .parse(arguments);
    connectionCount = options.number("connections");
  }

  void run() throws Exception {
    Map<String, Object> facts = Machine.describe();
    facts.put("model", connectionCount + " connections, one request each, then idle; live objects after two collections, "
        + "less those of the same server before");
    Map<String, Object> data = new LinkedHashMap<>(facts);
    Report report = new Report("memory", "Idle keep-alive connections", options, facts);
    List<List<String>> rows = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    for (String name : options.list("servers")) {
      System.out.println("Measuring " + name);
      measure(spec(name), data, rows, classes);
    }
    report.table(List.of("server", "heap bytes/connection", "RSS bytes/connection", "heap without, KiB",
        "RSS without, MiB", "RSS with, MiB"), rows);
    classes.forEach(report::line);
    report.write(data);
  }

  /** Returns the server of that name; leat must take more connections from one address than it does by default. */
  private Servers.Spec spec(String name) {
    if (!name.equals(Servers.LEAT)) {
      return Servers.named(name);
    }
    int limit = connectionCount + WARM_UP_CONNECTIONS;
    return new Servers.Spec(name, Servers.named(name).label(), true, port -> Servers.leat(port,
        "{:executor :none, :max-connections " + limit + ", :max-connections-per-address " + limit + "}"));
  }

  private void measure(Servers.Spec spec, Map<String, Object> data, List<List<String>> rows, List<String> classes)
      throws Exception {
    try (RunningServer server = RunningServer.start(spec, options.text("server-core"))) {
      long descriptors = ProcFs.openDescriptors(server.pid());
      List<PlainConnection> warm = open(server, WARM_UP_CONNECTIONS);
      closeAll(warm);
      awaitDescriptors(server, descriptors + 5);
      Heap without = heap(server);
      List<PlainConnection> idle = open(server, connectionCount);
      Heap with = heap(server);
      for (int i = 0; i < idle.size(); i += 100) {
        idle.get(i).exchange();
      }
      closeAll(idle);
      double heapBytes = (double) (with.bytes() - without.bytes()) / connectionCount;
      double residentBytes = 1024.0 * (with.residentKib() - without.residentKib()) / connectionCount;
      rows.add(List.of(spec.label(), Report.figure(heapBytes), Report.figure(residentBytes),
          Report.figure(without.bytes() / 1024.0), Report.figure(without.residentKib() / 1024.0),
          Report.figure(with.residentKib() / 1024.0)));
      data.put(spec.name(), Map.of("heapBytesPerConnection", heapBytes, "residentBytesPerConnection", residentBytes));
      addClasses(spec.label(), without, with, classes);
    }
  }

  private void addClasses(String label, Heap without, Heap with, List<String> lines) {
    Map<String, Long> grown = new HashMap<>();
    with.bytesByClass().forEach((name, bytes) -> grown.put(name, bytes - without.bytesByClass().getOrDefault(name, 0L)));
    lines.add("Bytes per connection by class, " + label + ":");
    lines.add("");
    grown.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(SHOWN_CLASSES).filter(entry -> entry.getValue() >= connectionCount)
        .forEach(entry -> lines.add("- " + Report.figure((double) entry.getValue() / connectionCount) + "  `"
            + entry.getKey() + "`"));
    lines.add("");
  }

  private static List<PlainConnection> open(RunningServer server, int count) throws IOException {
    List<PlainConnection> connections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      PlainConnection connection = new PlainConnection(server.address());
      connection.exchange();
      connections.add(connection);
    }
    return connections;
  }

  private static void closeAll(List<PlainConnection> connections) throws IOException {
    for (PlainConnection connection : connections) {
      connection.close();
    }
  }

  private static void awaitDescriptors(RunningServer server, long expected) throws IOException, InterruptedException {
    long limit = System.currentTimeMillis() + SETTLE_LIMIT_MS;
    while (ProcFs.openDescriptors(server.pid()) > expected) {
      if (System.currentTimeMillis() > limit) {
        throw new IOException("Expected " + server.spec().name() + " to close its side of closed connections; it holds "
            + ProcFs.openDescriptors(server.pid()) + " descriptors");
      }
      Thread.sleep(20);
    }
  }

  static Heap heap(RunningServer server) {
    String pid = Long.toString(server.pid());
    for (int i = 0; i < 2; i++) {
      Build.capture(Build.root(), List.of(Build.jdkTool("jcmd"), pid, "GC.run"));
    }
    String histogram = Build.capture(Build.root(), List.of(Build.jdkTool("jcmd"), pid, "GC.class_histogram"));
    Map<String, Long> bytesByClass = new HashMap<>();
    histogram.lines().map(CLASS_ROW::matcher).filter(Matcher::matches)
        .forEach(row -> bytesByClass.merge(row.group(3), Long.parseLong(row.group(2)), Long::sum));
    return new Heap(bytesByClass, ProcFs.residentKib(server.handle()));
  }
}
