package harness;

import harness.Wrk.Round;
import harness.Wrk.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/**
 * Plain text over keep-alive connections. All servers are started and warmed up first; then, scenario by scenario and
 * round by round, each is measured in turn, so that a drift of the machine meets all of them. Medians over the rounds.
 */
final class HttpBench {
  /** A round in which other processes or the hypervisor took more of one core than this is measured again. */
  static final double QUIET_PERCENT = 5;
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int MAX_TRIES = 3;

  private static final int WARM_UP_STEP_SECONDS = 2;
  private static final int MIN_WARM_UP_STEPS = 3;
  private static final double WARM_RATIO = 0.97;

  private final Options options;
  private final List<RunningServer> servers = new ArrayList<>();
  private final Map<Scenario, Map<String, List<Round>>> rounds = new LinkedHashMap<>();

  HttpBench(List<String> arguments) {
    options = new Options("http")
        .row("rounds", "3", "1", "rounds per server and scenario")
        .row("seconds", "8", "2", "seconds per round")
        .row("warm-up", "30", "10", "most seconds of warm-up per JVM server and scenario; ends when it gets no faster")
        .row("patience", "20", "2", "most seconds to wait for an idle machine before a round")
        .row("servers", Servers.names(), Servers.names(), "which servers")
        .row("scenarios", "64x1,512x1,64x16,512x16", "64x1,64x16", "CONNECTIONSxDEPTH, which scenarios")
        .parse(arguments);
  }

  void run() throws IOException, InterruptedException {
    List<Scenario> scenarios = options.list("scenarios").stream().map(Scenario::of).toList();
    for (String name : options.list("servers")) {
      System.out.println("Starting " + name);
      RunningServer server = RunningServer.start(Servers.named(name), options.text("server-core"));
      servers.add(server);
      warmUp(server, scenarios);
    }
    for (Scenario scenario : scenarios) {
      Map<String, List<Round>> ofScenario = new LinkedHashMap<>();
      servers.forEach(server -> ofScenario.put(server.spec().name(), new ArrayList<>()));
      rounds.put(scenario, ofScenario);
      for (int i = 0; i < options.number("rounds"); i++) {
        for (RunningServer server : servers) {
          ofScenario.get(server.spec().name()).add(quietRound(server, scenario));
        }
      }
    }
    report();
    servers.forEach(RunningServer::close);
  }

  /** Loads a server in short steps until two steps after each other cost no less CPU per request than the best before. */
  private void warmUp(RunningServer server, List<Scenario> scenarios) {
    for (Scenario scenario : scenarios) {
      double best = Double.MAX_VALUE;
      int stepsSinceBest = 0;
      int steps = server.spec().isJvm() ? Math.max(1, options.number("warm-up") / WARM_UP_STEP_SECONDS) : 1;
      for (int i = 0; i < steps && (i < MIN_WARM_UP_STEPS || stepsSinceBest < 2); i++) {
        double cpu = Wrk.round(server, scenario, WARM_UP_STEP_SECONDS, options.text("load-core")).cpuMicros();
        System.out.printf("%-7s %-13s warm-up %7.2f CPU us/request%n", scenario.name(), server.spec().name(), cpu);
        stepsSinceBest = cpu < best * WARM_RATIO ? 0 : stepsSinceBest + 1;
        best = Math.min(best, cpu);
      }
    }
  }

  private Round quietRound(RunningServer server, Scenario scenario) {
    Round quietest = null;
    for (int i = 0; i < MAX_TRIES && (quietest == null || quietest.othersPercent() > QUIET_PERCENT); i++) {
      awaitQuiet();
      Round round = Wrk.round(server, scenario, options.number("seconds"), options.text("load-core"));
      System.out.printf("%-7s %-13s %9.0f requests/s %7.2f CPU us/request %7.0f us p99  (others %.0f %%)%n",
          scenario.name(), server.spec().name(), round.requestsPerSecond(), round.cpuMicros(), round.p99Micros(), round.othersPercent());
      if (quietest == null || round.othersPercent() < quietest.othersPercent()) {
        quietest = round;
      }
    }
    return quietest;
  }

  /** Waits for half a second in which the machine is idle, within limits. */
  private void awaitQuiet() {
    long limitNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.number("patience"));
    while (System.nanoTime() < limitNanos) {
      long before = ProcFs.machineCpuMicros();
      LockSupport.parkNanos(QUIET_NANOS);
      if (1e5 * (ProcFs.machineCpuMicros() - before) / QUIET_NANOS < 2 * QUIET_PERCENT) {
        return;
      }
    }
  }

  private double median(Scenario scenario, String server, ToDoubleFunction<Round> figure) {
    List<Round> measured = rounds.get(scenario).get(server);
    return measured == null ? Double.NaN
        : Report.median(measured.stream().map(figure::applyAsDouble).toList());
  }

  private String ratio(Scenario scenario, String server, String peer) {
    double ratio = median(scenario, server, Round::cpuMicros) / median(scenario, peer, Round::cpuMicros);
    return Double.isNaN(ratio) ? "" : Report.figure(ratio);
  }

  private void report() throws IOException {
    Map<String, Object> facts = Machine.describe();
    facts.put("peers", Machine.version("wrk", "-v", "|", "cut", "-d[", "-f1") + "; " + Machine.version("nginx", "-v")
        + "; " + Machine.version("gcc", "--version")
        + (options.list("servers").contains(Servers.NETTY) ? "; Netty " + Build.nettyVersion() : ""));
    facts.put("model", options.number("rounds") + " rounds of " + options.number("seconds")
        + " s after a warm-up, medians; servers in turn, each on core " + options.text("server-core") + ", wrk on core "
        + options.text("load-core") + "; loopback");
    Report report = new Report("http", "Plain text, keep-alive", options, facts);
    report.line("CPU is user + system time of the server process per request. ÷ Netty and ÷ Java are ratios of it to raw "
        + "Netty and to the fixed-answer Java NIO program in the same run. Latency is wrk's, of a closed loop at full load; "
        + "with pipelining it is that of a whole batch.").line("");
    for (Scenario scenario : rounds.keySet()) {
      report.line("## " + scenario.label()).line("");
      report.table(List.of("server", "CPU µs/request", "lowest to highest", "÷ Netty", "÷ Java", "requests/s",
          "core busy", "p50 µs", "p99 µs", "p99.9 µs", "RSS MiB"), servers.stream().map(server -> row(scenario, server)).toList());
    }
    warnAboutNoise(report);
    report.line("![CPU per request](" + report.file("svg").getFileName() + ")");
    Files.writeString(report.file("svg"), chart(facts).svg());
    report.write(data(facts));
  }

  private List<String> row(Scenario scenario, RunningServer server) {
    String name = server.spec().name();
    var cpu = rounds.get(scenario).get(name).stream().mapToDouble(Round::cpuMicros).summaryStatistics();
    return List.of(server.spec().label(), Report.figure(median(scenario, name, Round::cpuMicros)),
        Report.figure(cpu.getMin()) + " to " + Report.figure(cpu.getMax()), ratio(scenario, name, Servers.NETTY),
        ratio(scenario, name, Servers.JAVA_FLOOR), Report.figure(median(scenario, name, Round::requestsPerSecond)),
        Report.figure(median(scenario, name, Round::corePercent)) + " %",
        Report.figure(median(scenario, name, Round::p50Micros)),
        Report.figure(median(scenario, name, Round::p99Micros)), Report.figure(median(scenario, name, Round::p999Micros)),
        Report.figure(median(scenario, name, Round::residentMib)));
  }

  private void warnAboutNoise(Report report) {
    double worst = rounds.values().stream().flatMap(byServer -> byServer.values().stream()).flatMap(List::stream)
        .mapToDouble(Round::othersPercent).max().orElse(0);
    report.line("Other processes and the hypervisor took at most " + Report.figure(worst) + " % of one core in a round"
        + (worst > QUIET_PERCENT ? ": **this run was disturbed**." : ".")).line("");
  }

  private BarChart chart(Map<String, Object> facts) {
    BarChart chart = new BarChart("Plain text: server CPU per request, µs (less is better)",
        facts.get("model").toString(), facts.get("date") + "; " + facts.get("cpu") + "; " + facts.get("kernel") + "; "
        + facts.get("jdk") + "; commit " + facts.get("commit"));
    for (Scenario scenario : rounds.keySet()) {
      chart.panel(scenario.label(), servers.stream().map(server -> {
        String name = server.spec().name();
        double cpu = median(scenario, name, Round::cpuMicros);
        String rate = Math.round(median(scenario, name, Round::requestsPerSecond) / 1000) + "k/s";
        return new BarChart.Bar(server.spec().label(), cpu, Report.figure(cpu) + "  (" + rate + ")",
            name.startsWith(Servers.LEAT));
      }).toList());
    }
    return chart;
  }

  private Map<String, Object> data(Map<String, Object> facts) {
    Map<String, Object> data = new LinkedHashMap<>(facts);
    Map<String, Object> byScenario = new LinkedHashMap<>();
    rounds.forEach((scenario, ofScenario) -> {
      Map<String, Object> byServer = new LinkedHashMap<>();
      ofScenario.forEach((server, measured) -> byServer.put(server, measured.stream().map(HttpBench::data).toList()));
      byScenario.put(scenario.name(), byServer);
    });
    data.put("rounds", byScenario);
    return data;
  }

  private static Map<String, Object> data(Round round) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("requestsPerSecond", round.requestsPerSecond());
    data.put("cpuMicrosPerRequest", round.cpuMicros());
    data.put("corePercent", round.corePercent());
    data.put("p50Micros", round.p50Micros());
    data.put("p99Micros", round.p99Micros());
    data.put("p999Micros", round.p999Micros());
    data.put("residentMib", round.residentMib());
    data.put("othersPercent", round.othersPercent());
    return data;
  }
}
