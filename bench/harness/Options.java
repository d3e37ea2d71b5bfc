package harness;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Options of one benchmark, `--name value` each: a table of name, default and help; unknown names are errors. */
final class Options {
  private record Row(String standard, String quick, String help) {}

  private final String benchmark;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<String, String> given = new LinkedHashMap<>();
  private boolean quick;

  Options(String benchmark) {
    this.benchmark = benchmark;
    row("out", Build.root().resolve("bench/results").toString(), Build.dir().resolve("results").toString(),
        "folder of the results");
    row("server-core", "0", "0", "the core of the servers");
    row("load-core", "1", "1", "the core of the load generator");
  }

  /** Adds an option with its value by default, its value with --quick, and its help. */
  Options row(String name, String standard, String quick, String help) {
    rows.put(name, new Row(standard, quick, help));
    return this;
  }

  /** Reads the arguments. Prints the help and ends the program for --help; ends it with a sentence for a typo. */
  Options parse(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i).replaceFirst("^--", "");
      if (name.equals("help")) {
        printHelp();
        System.exit(0);
      } else if (name.equals("quick")) {
        quick = true;
      } else if (rows.containsKey(name) && i + 1 < arguments.size()) {
        given.put(name, arguments.get(++i));
      } else {
        System.err.println("Unknown option or missing value: " + arguments.get(i) + ". See bench/" + benchmark + " --help");
        System.exit(2);
      }
    }
    return this;
  }

  private void printHelp() {
    System.out.println("bench/" + benchmark + " [--quick] [--NAME VALUE]...");
    System.out.println("  --quick         short rounds, to try things; results go to target/bench/results");
    rows.forEach((name, row) -> System.out.printf("  --%-13s %s (default %s; quick %s)%n", name, row.help(), row.standard(),
        row.quick()));
  }

  String text(String name) {
    Row row = rows.get(name);
    return given.getOrDefault(name, quick ? row.quick() : row.standard());
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }

  List<String> list(String name) {
    return List.of(text(name).split(","));
  }
}
