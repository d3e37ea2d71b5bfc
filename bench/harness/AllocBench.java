package harness;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Bytes a server allocates on the Java heap per request: the JVM's own count over all its threads (JDK 21 or later),
 * read before and after some seconds of load on a warm server.
 */
final class AllocBench {
  private final Options options;

  AllocBench(List<String> arguments) {
    options = new Options("alloc")
        .row("seconds", "5", "2", "seconds per scenario")
        .row("warm-up", "8", "3", "seconds of warm-up per scenario")
        .row("servers", "java-nio,netty,leat,leat-default", "netty,leat", "which servers")
        .row("scenarios", "64x1,64x16", "64x1", "CONNECTIONSxDEPTH, which scenarios")
        .parse(arguments);
  }

  void run() throws Exception {
    List<Wrk.Scenario> scenarios = options.list("scenarios").stream().map(Wrk.Scenario::of).toList();
    List<List<String>> rows = new ArrayList<>();
    Map<String, Object> data = new LinkedHashMap<>(Machine.describe());
    Report report = new Report("alloc", "Bytes allocated per request", options, Machine.describe());
    for (String name : options.list("servers")) {
      Map<String, Object> figures = new LinkedHashMap<>();
      List<String> row = new ArrayList<>(List.of(Servers.named(name).label()));
      try (RunningServer server = RunningServer.start(Servers.named(name), options.text("server-core"))) {
        for (Wrk.Scenario scenario : scenarios) {
          double bytes = bytesPerRequest(server, scenario);
          System.out.printf("%-7s %-13s %8.0f bytes/request%n", scenario.name(), name, bytes);
          figures.put(scenario.name(), bytes);
          row.add(Report.figure(bytes));
        }
      }
      data.put(name, figures);
      rows.add(row);
    }
    List<String> head = new ArrayList<>(List.of("server"));
    scenarios.forEach(scenario -> head.add(scenario.label()));
    report.table(head, rows);
    report.write(data);
  }

  private double bytesPerRequest(RunningServer server, Wrk.Scenario scenario) throws Exception {
    Wrk.run(server, scenario, options.number("warm-up"), options.text("load-core"));
    try (JMXConnector connector = connect(server.pid())) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      long before = allocatedBytes(beans);
      long requests = Wrk.run(server, scenario, options.number("seconds"), options.text("load-core")).get("requests");
      return (double) (allocatedBytes(beans) - before) / requests;
    }
  }

  private static JMXConnector connect(long pid) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
    try {
      return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
    } finally {
      machine.detach();
    }
  }

  private static long allocatedBytes(MBeanServerConnection beans) throws Exception {
    Object bytes = beans.getAttribute(new ObjectName("java.lang:type=Threading"), "TotalThreadAllocatedBytes");
    if (!(bytes instanceof Long count) || count < 0) {
      throw new IOException("Expected the JVM to count allocated bytes (JDK 21 or later), got " + bytes);
    }
    return count;
  }
}
