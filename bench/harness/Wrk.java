package harness;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs wrk, pinned to a core, and reads the line that bench/wrk/plain.lua prints. */
final class Wrk {
  /** How many connections, how many requests in flight on each. */
  record Scenario(int connections, int depth) {
    static Scenario of(String text) {
      String[] parts = text.split("x");
      return new Scenario(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    String label() {
      return connections + " connections, " + (depth == 1 ? "depth 1" : "pipeline depth " + depth);
    }

    String name() {
      return connections + "x" + depth;
    }
  }

  /** One round. CPU is the server's; othersPercent is the share of one core that others took meanwhile. */
  record Round(double requestsPerSecond, double cpuMicros, double corePercent, double p50Micros, double p99Micros,
      double p999Micros, double residentMib, double othersPercent) {}

  private Wrk() {}

  /** Loads a server for some seconds. Returns what it did. */
  static Round round(RunningServer server, Scenario scenario, int seconds, String core) {
    long othersBefore = ProcFs.machineCpuMicros() - ProcFs.ownCpuMicros();
    long startNanos = System.nanoTime();
    long cpuBefore = ProcFs.cpuMicros(server.handle());
    Map<String, Long> result = run(server, scenario, seconds, core);
    long cpuMicros = ProcFs.cpuMicros(server.handle()) - cpuBefore;
    // wrk has ended by now, so that its time is among that of this process's children.
    long othersMicros = ProcFs.machineCpuMicros() - ProcFs.ownCpuMicros() - othersBefore - cpuMicros;
    double micros = result.get("micros");
    double requests = result.get("requests");
    return new Round(requests * 1e6 / micros, cpuMicros / requests, 100.0 * cpuMicros / micros, result.get("p50"),
        result.get("p99"), result.get("p999"), ProcFs.residentKib(server.handle()) / 1024.0,
        Math.max(0, 100.0 * othersMicros / ((System.nanoTime() - startNanos) / 1000.0)));
  }

  /** Runs wrk for some seconds. Returns its counts; fails if a request failed. */
  static Map<String, Long> run(RunningServer server, Scenario scenario, int seconds, String core) {
    String output = Build.capture(Build.root(),
        List.of("taskset", "-c", core, "env",
        "CONNECTIONS=" + scenario.connections(), "wrk", "-t1", "-c" + scenario.connections(), "-d" + seconds + "s",
        "-s", "bench/wrk/plain.lua", server.url(), "--",
        "" + scenario.depth()));
    Map<String, Long> values = new HashMap<>();
    output.lines().filter(line -> line.startsWith("RESULT ")).findFirst()
        .ifPresent(line -> {
          for (String pair : line.substring("RESULT ".length()).split(" ")) {
            String[] parts = pair.split("=");
            values.put(parts[0], Long.parseLong(parts[1]));
          }
        });
    if (values.getOrDefault("requests", 0L) == 0 || values.get("failed") + values.get("errors") > 0) {
      throw new IllegalStateException("Expected wrk to succeed against " + server.spec().name()
          + ", it printed:\n" + output);
    }
    // At the end a batch per connection may be answered in part.
    long untimed = Math.abs(values.get("requests") - values.get("samples") * scenario.depth());
    if (untimed > (long) scenario.connections() * scenario.depth()) {
      throw new IllegalStateException("Expected one latency per batch of " + scenario.depth() + ", got:\n" + output);
    }
    return values;
  }
}
