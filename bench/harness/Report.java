package harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report as Markdown and as JSON: written side by side as DATE-NAME.md and DATE-NAME.json. */
final class Report {
  private final String name;
  private final Path folder;
  private final StringBuilder markdown = new StringBuilder();

  Report(String name, String title, Options options, Map<String, Object> facts) throws IOException {
    this.name = name;
    folder = Files.createDirectories(Path.of(options.text("out")));
    line("# " + title);
    line("");
    facts.forEach((key, value) -> line("- " + key + ": " + value));
    line("");
  }

  Report line(String text) {
    markdown.append(text).append('\n');
    return this;
  }

  /** Adds a table. The first column is text, the others are figures. */
  Report table(List<String> head, List<List<String>> rows) {
    line("| " + String.join(" | ", head) + " |");
    line("| --- |" + " ---: |".repeat(head.size() - 1));
    rows.forEach(row -> line("| " + String.join(" | ", row) + " |"));
    return line("");
  }

  /** Writes both files and prints the Markdown. */
  void write(Map<String, Object> data) throws IOException {
    Files.writeString(file("md"), markdown);
    Files.writeString(file("json"), json(data, "") + "\n");
    System.out.println();
    System.out.println(markdown);
    System.out.println("Written: " + file("md"));
  }

  /** Returns the path of the report with another extension. */
  Path file(String extension) {
    return folder.resolve(LocalDate.now() + "-" + name + "." + extension);
  }

  /** Returns a figure with about three significant digits. */
  static String figure(double value) {
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
  }

  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String json(Object value, String indent) {
    String inner = indent + "  ";
    if (value instanceof Map<?, ?> map) {
      List<String> entries = new ArrayList<>();
      map.forEach((key, item) -> entries.add(inner + quote(key.toString()) + ": " + json(item, inner)));
      return "{\n" + String.join(",\n", entries) + "\n" + indent + "}";
    }
    if (value instanceof List<?> list) {
      List<String> items = new ArrayList<>();
      list.forEach(item -> items.add(json(item, inner)));
      return "[" + String.join(", ", items) + "]";
    }
    if (value instanceof Double number) {
      return String.format(Locale.ROOT, "%.3f", number);
    }
    return value instanceof Number || value instanceof Boolean ? value.toString() : quote(String.valueOf(value));
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
