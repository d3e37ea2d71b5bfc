package harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Start-up with the built jar: the time `(require 'leat.http)` takes in a Clojure that runs, and the time from the start
 * of the JVM to the first answer, beside an empty Clojure program.
 */
final class StartupBench {
  private static final String REQUIRE = "(let [start (System/nanoTime)] (require 'leat.http)"
      + " (println \"RESULT\" (- (System/nanoTime) start)))";

  /** The first macro that a program uses makes Clojure load its specs, with leat or without. */
  private static final String ONE_FUNCTION = "(defn hello [request] {:status 200 :body \"Hello, World!\"})";

  private final Options options;

  StartupBench(List<String> arguments) {
    String allCores = "0-" + (Runtime.getRuntime().availableProcessors() - 1);
    options = new Options("startup")
        .row("runs", "10", "3", "runs of each, medians are reported")
        .row("server-core", allCores, allCores, "the cores of the JVMs")
        .parse(arguments);
  }

  private interface Measurement {
    double millis() throws IOException, InterruptedException;
  }

  void run() throws IOException, InterruptedException {
    Map<String, Measurement> measurements = new LinkedHashMap<>();
    measurements.put("(require 'leat.http) in a running Clojure", this::requireMillis);
    measurements.put("JVM start to the end of an empty Clojure program", () -> programMillis("nil"));
    measurements.put("JVM start to the end of a Clojure program of one function", () -> programMillis(ONE_FUNCTION));
    measurements.put("JVM start to the first answer of leat", () -> firstAnswerMillis(Servers.LEAT));
    measurements.put("JVM start to the first answer of the Java floor", () -> firstAnswerMillis(Servers.JAVA_FLOOR));
    measurements.put("JVM start to the first answer of raw Netty", () -> firstAnswerMillis(Servers.NETTY));
    Map<String, List<Double>> millis = new LinkedHashMap<>();
    for (int i = -1; i < options.number("runs"); i++) {
      for (var entry : measurements.entrySet()) {
        double measured = entry.getValue().millis();
        // The first turn reads the jars into the page cache; it does not count.
        if (i >= 0) {
          millis.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(measured);
        }
      }
    }
    report(millis);
  }

  private void report(Map<String, List<Double>> millis) throws IOException {
    Map<String, Object> facts = Machine.describe();
    facts.put("model", "medians of " + options.number("runs") + " runs, in turn; JVMs on cores "
        + options.text("server-core"));
    Report report = new Report("startup", "Start-up", options, facts);
    List<List<String>> rows = new ArrayList<>();
    millis.forEach((name, values) -> {
      var spread = values.stream().mapToDouble(Double::doubleValue).summaryStatistics();
      rows.add(List.of(name, Report.figure(Report.median(values)), Report.figure(spread.getMin()),
          Report.figure(spread.getMax())));
    });
    report.table(List.of("what", "median ms", "lowest", "highest"), rows);
    Map<String, Object> data = new LinkedHashMap<>(facts);
    data.put("millis", millis);
    report.write(data);
  }

  private double requireMillis() throws IOException, InterruptedException {
    return Long.parseLong(clojure(Build.leatClasspath(), REQUIRE).replaceAll("(?s).*RESULT (\\d+).*", "$1")) / 1e6;
  }

  private double programMillis(String program) throws IOException, InterruptedException {
    long start = System.nanoTime();
    clojure(Build.clojureClasspath(), program);
    return (System.nanoTime() - start) / 1e6;
  }

  private double firstAnswerMillis(String server) throws IOException, InterruptedException {
    return RunningServer.firstAnswerMillis(Servers.named(server), options.text("server-core"));
  }

  /** Runs a form in a Clojure of its own. Returns what it printed. */
  private String clojure(String classpath, String form) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", options.text("server-core")));
    command.addAll(Servers.java(classpath, "clojure.main", "-e", form));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder output = new StringBuilder();
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
      reader.lines().forEach(line -> output.append(line).append('\n'));
    }
    if (process.waitFor() != 0) {
      throw new IOException("Expected Clojure to evaluate " + form + ", it printed:\n" + output);
    }
    return output.toString();
  }
}
