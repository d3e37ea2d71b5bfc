package harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a result was measured on. */
final class Machine {
  private Machine() {}

  /** Returns date, machine, kernel, JDK and commit, in the order in which reports state them. */
  static Map<String, Object> describe() throws IOException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("date", LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES).toString());
    facts.put("cpu", firstValue(Path.of("/proc/cpuinfo"), "model name") + ", "
        + Runtime.getRuntime().availableProcessors() + " cores");
    facts.put("memory", Long.parseLong(firstValue(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) / 1024
        + " MiB");
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("jdk", System.getProperty("java.vendor.version", System.getProperty("java.vendor")) + " "
        + System.getProperty("java.runtime.version"));
    facts.put("commit", commit());
    return facts;
  }

  /** Returns the first line a tool prints about its version, on either output. */
  static String version(String... command) {
    String text = Build.capture(Build.root(), List.of("sh", "-c", String.join(" ", command) + " 2>&1 || true"));
    return text.lines().findFirst().orElse("unknown").strip();
  }

  private static String commit() {
    String hash = version("git", "rev-parse", "--short=12", "HEAD");
    if (!hash.matches("[0-9a-f]{12}")) {
      return "none yet";
    }
    boolean isClean =
        Build.capture(Build.root(), List.of("git", "status", "--porcelain", "--untracked-files=no")).isBlank();
    return isClean ? hash : hash + " with local changes";
  }

  private static String firstValue(Path file, String key) throws IOException {
    try (var lines = Files.lines(file)) {
      return lines.filter(line -> line.startsWith(key)).findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("unknown");
    }
  }
}
