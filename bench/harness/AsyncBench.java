package harness;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one operation costs, with JMH: nanoseconds and bytes, beside the recorded figures of a peer in peers/PEER.csv, whose
 * rows are also the list of the operations.
 */
final class AsyncBench {

  /** A row of peers/manifold.csv; figures are per turn, of which one call makes {@code turns}. */
  private record Operation(String op, int turns, double nanos, double bytes, String what) {}

  /** Medians of all measurements of one operation, and the lowest time, which others on the machine disturb least. */
  private record Cost(double nanos, double lowest, double bytes) {}

  private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+(E-?[0-9]+)?");
  private static final Pattern CELL = Pattern.compile("\"([^\"]*)\"|([^,]+)");

  /** What is measured: operations of a Clojure namespace, and who is recorded beside it. */
  enum Subject {
    ASYNC("async", "Deferreds and streams: one operation", "leat.async-ops", "Manifold", "0.5.0", "manifold"),
    BYTES("bytes", "Conversions of 4 KiB: one conversion", "leat.bytes-ops", "byte-streams", "0.3.4", "byte-streams");

    private final String bench;
    private final String title;
    private final String namespace;
    private final String peer;
    private final String version;
    private final String file;

    Subject(String bench, String title, String namespace, String peer, String version, String file) {
      this.bench = bench;
      this.title = title;
      this.namespace = namespace;
      this.peer = peer;
      this.version = version;
      this.file = "peers/" + file + ".csv";
    }
  }

  private final Subject subject;
  private final Options options;

  AsyncBench(Subject subject, List<String> arguments) {
    this.subject = subject;
    options = new Options(subject.bench)
        .row("ops", ".*", ".*", "a regular expression: which operations, see " + subject.file)
        .row("forks", "2", "1", "JVMs for each operation")
        .row("seconds", "4", "2", "seconds of warm-up, and of measurement, in each JVM")
        .parse(arguments);
  }

  void run() throws IOException {
    List<Operation> operations = new ArrayList<>();
    for (String line : Files.readAllLines(Build.root().resolve("bench/" + subject.file)).stream().skip(1).toList()) {
      List<String> cells = cells(line);
      if (cells.get(0).matches(options.text("ops"))) {
        operations.add(new Operation(cells.get(0), Integer.parseInt(cells.get(1)), Double.parseDouble(cells.get(2)),
            Double.parseDouble(cells.get(3)), cells.get(4)));
      }
    }
    if (operations.isEmpty()) {
      throw new IllegalArgumentException("No operation of " + subject.file + " matches " + options.text("ops"));
    }
    report(operations, measure(operations));
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (Matcher matcher = CELL.matcher(line); matcher.find();) {
      cells.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    return cells;
  }

  private Map<String, Cost> measure(List<Operation> operations) throws IOException {
    Path json = Build.dir().resolve(subject.bench + ".json");
    String names = String.join(",", operations.stream().map(Operation::op).toList());
    String seconds = options.text("seconds");
    System.out.println("Some " + operations.size() * options.number("forks") * (2 * Integer.parseInt(seconds) + 3)
        + " seconds for " + names);
    Files.deleteIfExists(json);
    String output = Build.capture(Build.root(), List.of(Build.jdkTool("java"), "-cp", Build.asyncOpsClasspath(),
        "org.openjdk.jmh.Main", "AsyncOps", "-p", "op=" + names, "-f", options.text("forks"), "-wi", seconds, "-i", seconds,
        "-prof", "gc", "-jvmArgs", "-Xmx1g -Doperations=" + subject.namespace, "-rf", "json", "-rff", json.toString()));
    Files.writeString(log(), output);
    // A block for each operation that did not fail; in it first the times, then each figure of the profiler by its name.
    Map<String, Cost> costs = new LinkedHashMap<>();
    for (String block : Files.readString(json).split("\"benchmark\" :")) {
      Matcher op = Pattern.compile("\"op\" : \"([^\"]+)\"").matcher(block);
      if (op.find()) {
        List<Double> nanos = rawData(block, "\"primaryMetric\"");
        costs.put(op.group(1), new Cost(Report.median(nanos), nanos.stream().min(Double::compare).orElseThrow(),
            Report.median(rawData(block, "gc.alloc.rate.norm\""))));
      }
    }
    return costs;
  }

  private static Path log() {
    return Build.dir().resolve("async.log");
  }

  /** Returns all numbers of the first array called rawData after {@code start}. */
  private static List<Double> rawData(String block, String start) {
    int from = block.indexOf("\"rawData\"", block.indexOf(start));
    String numbers = block.substring(block.indexOf('[', from), block.indexOf('}', from));
    return NUMBER.matcher(numbers).results().map(number -> Double.parseDouble(number.group())).toList();
  }

  private void report(List<Operation> operations, Map<String, Cost> costs) throws IOException {
    Map<String, Object> facts = Machine.describe();
    facts.put("model", "JMH, average time, one thread, " + options.text("forks") + " JVMs for each operation, "
        + options.text("seconds") + " s of warm-up and of measurement in each, -Xmx1g");
    facts.put(subject.peer, subject.version + ", recorded earlier on a machine of the same kind: compare orders of magnitude");
    Report report = new Report(subject.bench, subject.title, options, facts);
    List<List<String>> rows = new ArrayList<>();
    Map<String, Object> data = new LinkedHashMap<>(facts);
    List<String> failed = new ArrayList<>();
    List<String> missed = new ArrayList<>();
    double timeLogs = 0;
    double byteLogs = 0;
    for (Operation operation : operations) {
      Cost cost = costs.get(operation.op());
      if (cost == null) {
        failed.add(operation.op());
        rows.add(List.of(operation.what(), "FAILED", "", Report.figure(operation.nanos()), "", "",
            String.valueOf(Math.round(operation.bytes())), ""));
        continue;
      }
      double nanos = cost.nanos() / operation.turns();
      // An operation that allocates nothing counts as one byte, so that there is a ratio.
      double bytes = cost.bytes() / operation.turns();
      double faster = operation.nanos() / nanos;
      double smaller = operation.bytes() / Math.max(1, bytes);
      timeLogs += Math.log(faster);
      byteLogs += Math.log(smaller);
      if (faster < 1 || smaller < 3) {
        missed.add(operation.op());
      }
      rows.add(List.of(operation.what(), Report.figure(nanos), Report.figure(cost.lowest() / operation.turns()),
          Report.figure(operation.nanos()), Report.figure(faster), String.valueOf(Math.round(bytes)),
          String.valueOf(Math.round(operation.bytes())), Report.figure(smaller)));
      data.put(operation.op(), Map.of("ns", nanos, "lowest-ns", cost.lowest() / operation.turns(), "bytes", bytes));
    }
    int measured = operations.size() - failed.size();
    rows.add(List.of("geometric mean of the ratios", "", "", "", Report.figure(Math.exp(timeLogs / measured)), "", "",
        Report.figure(Math.exp(byteLogs / measured))));
    report.table(List.of("operation", "ns", "lowest ns", subject.peer + " ns", "ratio", "bytes",
        subject.peer + " bytes", "ratio"), rows);
    report.line("Slower than " + subject.peer + "'s recorded figure, or more than a third of its bytes: "
        + (missed.isEmpty() ? "none." : String.join(", ", missed) + "."));
    if (!failed.isEmpty()) {
      report.line("").line("**Failed: " + String.join(", ", failed) + ".** They are in no mean.");
    }
    report.write(data);
    if (!failed.isEmpty()) {
      throw new IllegalStateException("Expected all operations to run, these failed: " + failed + ". See " + log());
    }
  }
}
