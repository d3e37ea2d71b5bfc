package harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * TCP echo: small messages to and fro on many connections, as much as goes on one, and many connections that do nothing.
 * All servers are started and warmed up first; then they are measured in turn, round by round. Medians over the rounds.
 */
final class TcpBench {
  private static final int WARM_UP_CONNECTIONS = 500;
  private static final int DESCRIPTORS_FOR_OTHERS = 400;

  /** A load and what it is called. */
  private record Scenario(String name, String label, String unit, String mode, int connections, int messageBytes) {}

  /** One round: how much per second, and what it cost the server. */
  private record Round(double perSecond, double cpuMicros, double othersPercent) {}

  private static final List<Scenario> SCENARIOS = List.of(
      new Scenario("ping", "64 connections, 128 bytes to and fro", "message", "ping", 64, 128),
      new Scenario("bulk", "one connection, as much as goes", "MB", "bulk", 1, 64 * 1024));

  private final Options options;
  private final Map<String, Map<String, List<Round>>> rounds = new LinkedHashMap<>();
  private final Map<String, Object> data = new LinkedHashMap<>();

  TcpBench(List<String> arguments) {
    options = new Options("tcp")
        .row("rounds", "3", "1", "rounds per server and scenario")
        .row("seconds", "8", "3", "seconds per round")
        .row("warm-up", "12", "4", "seconds of warm-up per server and scenario")
        .row("connections", "50000", "2000", "how many idle connections; fewer if the limit of open files is lower")
        .row("servers", EchoServers.names(), EchoServers.names(), "which servers")
        .row("scenarios", "ping,bulk,idle", "ping,bulk,idle", "which scenarios")
        .parse(arguments);
  }

  void run() throws Exception {
    Map<String, Object> facts = Machine.describe();
    facts.put("peers", "Netty " + Build.nettyVersion());
    facts.put("model", options.number("rounds") + " rounds of " + options.number("seconds")
        + " s after a warm-up, medians; servers in turn, each on core " + options.text("server-core")
        + ", the client on core " + options.text("load-core") + "; loopback");
    data.putAll(facts);
    Report report = new Report("tcp", "TCP echo", options, facts);
    List<Scenario> chosen = SCENARIOS.stream().filter(each -> options.list("scenarios").contains(each.name())).toList();
    if (!chosen.isEmpty()) {
      measure(chosen);
      chosen.forEach(scenario -> table(report, scenario));
      noise(report);
    }
    if (options.list("scenarios").contains("idle")) {
      idle(report);
    }
    report.write(data);
  }

  private void measure(List<Scenario> scenarios) throws Exception {
    List<RunningServer> servers = new ArrayList<>();
    try {
      for (String name : options.list("servers")) {
        RunningServer server = RunningServer.startEcho(EchoServers.named(name), options.text("server-core"));
        servers.add(server);
        for (Scenario scenario : scenarios) {
          round(server, scenario, options.number("warm-up"));
        }
      }
      for (Scenario scenario : scenarios) {
        Map<String, List<Round>> byServer = new LinkedHashMap<>();
        rounds.put(scenario.name(), byServer);
        for (int i = 0; i < options.number("rounds"); i++) {
          for (RunningServer server : servers) {
            Round round = round(server, scenario, options.number("seconds"));
            byServer.computeIfAbsent(server.spec().name(), name -> new ArrayList<>()).add(round);
            System.out.printf("%-5s %-13s %9.0f %ss/s %8.2f CPU us  (others %.0f %%)%n", scenario.name(),
                server.spec().name(), round.perSecond(), scenario.unit(), round.cpuMicros(), round.othersPercent());
          }
        }
      }
    } finally {
      servers.forEach(RunningServer::close);
    }
  }

  private Round round(RunningServer server, Scenario scenario, int seconds) throws IOException, InterruptedException {
    long machine = ProcFs.machineCpuMicros();
    long own = ProcFs.ownCpuMicros();
    long cpu = ProcFs.cpuMicros(server.handle());
    long begin = System.nanoTime();
    String[] figures = Build.capture(Build.root(), client(server, scenario, seconds)).strip().split(" ");
    double wallMicros = (System.nanoTime() - begin) / 1e3;
    double serverMicros = ProcFs.cpuMicros(server.handle()) - cpu;
    // The client has ended, and its time is among that of this process.
    double others = ProcFs.machineCpuMicros() - machine - (ProcFs.ownCpuMicros() - own) - serverMicros;
    double amount = Double.parseDouble(figures[0]);
    return new Round(amount / Double.parseDouble(figures[1]), serverMicros / amount, 100 * others / wallMicros);
  }

  private List<String> client(RunningServer server, Scenario scenario, int seconds) {
    return List.of("taskset", "-c", options.text("load-core"), Build.jdkTool("java"), "-Xmx512m", "-XX:+UseSerialGC", "-cp",
        Build.dir().resolve("harness").toString(), "harness.EchoLoad", scenario.mode(), "" + server.address().getPort(),
        "" + scenario.connections(), "" + scenario.messageBytes(), "" + seconds);
  }

  private double median(Scenario scenario, String server, ToDoubleFunction<Round> figure) {
    List<Round> measured = rounds.get(scenario.name()).get(server);
    return measured == null ? Double.NaN : Report.median(measured.stream().map(figure::applyAsDouble).toList());
  }

  private String ratio(Scenario scenario, String server, ToDoubleFunction<Round> figure) {
    double ratio = median(scenario, server, figure) / median(scenario, EchoServers.NETTY, figure);
    return Double.isNaN(ratio) ? "" : Report.figure(ratio);
  }

  private void table(Report report, Scenario scenario) {
    report.line("## " + scenario.label()).line("");
    List<List<String>> rows = new ArrayList<>();
    Map<String, Object> figures = new LinkedHashMap<>();
    for (String name : rounds.get(scenario.name()).keySet()) {
      rows.add(List.of(EchoServers.named(name).label(), Report.figure(median(scenario, name, Round::perSecond)),
          ratio(scenario, name, Round::perSecond), Report.figure(median(scenario, name, Round::cpuMicros)),
          ratio(scenario, name, Round::cpuMicros)));
      figures.put(name, Map.of(
          "perSecond", rounds.get(scenario.name()).get(name).stream().map(Round::perSecond).toList(),
          "cpuMicros", rounds.get(scenario.name()).get(name).stream().map(Round::cpuMicros).toList()));
    }
    report.table(List.of("server", scenario.unit() + "s/s", "÷ Netty", "CPU µs/" + scenario.unit(), "÷ Netty"), rows);
    data.put(scenario.name(), figures);
  }

  private void noise(Report report) {
    double worst = rounds.values().stream().flatMap(byServer -> byServer.values().stream()).flatMap(List::stream)
        .mapToDouble(Round::othersPercent).max().orElse(0);
    report.line("Other processes and the hypervisor took at most " + Report.figure(worst) + " % of one core in a round"
        + (worst > HttpBench.QUIET_PERCENT ? ": **this run was disturbed**." : ".")).line("");
  }

  // ---- idle connections

  private void idle(Report report) throws Exception {
    int limit = Integer.parseInt(Machine.version("ulimit", "-n")) - DESCRIPTORS_FOR_OTHERS;
    int count = Math.min(options.number("connections"), limit);
    report.line("## " + count + " idle connections").line("");
    if (count < options.number("connections")) {
      report.line("The limit of open files allows no more: " + options.number("connections") + " were asked for.").line("");
    }
    List<List<String>> rows = new ArrayList<>();
    Map<String, Object> figures = new LinkedHashMap<>();
    for (String name : options.list("servers")) {
      System.out.println("Idle connections of " + name);
      rows.add(idle(EchoServers.named(name), count, figures));
    }
    report.table(List.of("server", "heap bytes/connection", "RSS bytes/connection", "RSS with, MiB"), rows);
    data.put("idle", figures);
  }

  private List<String> idle(Servers.Spec spec, int count, Map<String, Object> figures) throws Exception {
    try (RunningServer server = RunningServer.startEcho(spec, options.text("server-core"))) {
      try (Idle warm = new Idle(server, WARM_UP_CONNECTIONS)) {
        warm.awaitOpen();
      }
      MemoryBench.Heap without = MemoryBench.heap(server);
      try (Idle connections = new Idle(server, count)) {
        connections.awaitOpen();
        MemoryBench.Heap with = MemoryBench.heap(server);
        double heap = (double) (with.bytes() - without.bytes()) / count;
        double resident = 1024.0 * (with.residentKib() - without.residentKib()) / count;
        figures.put(spec.name(), Map.of("heapBytesPerConnection", heap, "residentBytesPerConnection", resident));
        return List.of(spec.label(), Report.figure(heap), Report.figure(resident), Report.figure(with.residentKib() / 1024.0));
      }
    }
  }

  /** A client process with idle connections, which it closes when its input ends. */
  private final class Idle implements AutoCloseable {
    private final Process process;

    Idle(RunningServer server, int count) throws IOException {
      process = new ProcessBuilder(client(server, new Scenario("idle", "", "", "idle", count, 16), 0))
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    void awaitOpen() throws IOException {
      BufferedReader output = process.inputReader();
      if (output.readLine() == null) {
        throw new IOException("The connections could not be opened");
      }
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        process.destroy();
      }
    }
  }
}
