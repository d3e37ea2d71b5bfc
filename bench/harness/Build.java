package harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Builds what the servers need below target/bench, each thing on its first use: the peers, and leat's jar. */
final class Build {
  private static final Map<String, String> BUILT = new HashMap<>();

  private Build() {}

  static Path root() {
    return Path.of(System.getProperty("bench.root"));
  }

  static Path dir() {
    return Path.of(System.getProperty("bench.build"));
  }

  /** Returns the path of a program of the JDK that runs the harness and the servers. */
  static String jdkTool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  /** Returns the compiled C floor. */
  static String epollPlain() {
    return once("EpollPlain", () -> {
      Path program = dir().resolve("EpollPlain");
      capture(root(), List.of("gcc", "-O2", "-Wall", "-o", program.toString(), peer("EpollPlain.c")));
      return program.toString();
    });
  }

  /** Returns the class path of the Java floor. */
  static String nioClasspath() {
    return once("NioPlain", () -> javac("NioPlain.java", ""));
  }

  /** Returns the class path of the raw Netty server; its jars come from Maven Central, as alias :bench of deps.edn says. */
  static String nettyClasspath() {
    return once("NettyPlain", () -> {
      String jars = jars("netty-");
      return javac("NettyPlain.java", jars) + File.pathSeparator + jars;
    });
  }

  /** Returns the class path of the Java floor of the TCP echo. */
  static String nioEchoClasspath() {
    return once("NioEcho", () -> javac("NioEcho.java", ""));
  }

  /** Returns the class path of the raw Netty echo. */
  static String nettyEchoClasspath() {
    return once("NettyEcho", () -> {
      String jars = jars("netty-");
      return javac("NettyEcho.java", jars) + File.pathSeparator + jars;
    });
  }

  static String nettyVersion() {
    return jars("netty-").replaceAll(".*netty-codec-http-([0-9.]+?)(\\.Final)?\\.jar.*", "$1");
  }

  /** Returns Clojure and leat's built jar as a class path; the environment variable LEAT_CLASSPATH replaces both. */
  static String leatClasspath() {
    String given = System.getenv("LEAT_CLASSPATH");
    return given != null ? given : once("leat", () -> leatJar() + File.pathSeparator + clojureClasspath());
  }

  /** Returns the jars of Clojure alone. */
  static String clojureClasspath() {
    return jars("(clojure|spec\\.alpha|core\\.specs\\.alpha)-");
  }

  /** Returns the class path of the JMH benchmarks of leat, compiled. */
  static String asyncOpsClasspath() {
    return once("AsyncOps", () -> {
      Path target = dir().resolve("jmh");
      String jars = String.join(File.pathSeparator, jars("(jmh|jopt-simple|commons-math3)-"), leatClasspath());
      capture(root(), List.of("mkdir", "-p", target.toString()));
      capture(root(), List.of(jdkTool("javac"), "-processor",
          "org.openjdk.jmh.generators.BenchmarkProcessor", "-d", target.toString(), "-cp", jars,
          root().resolve("bench/jmh/AsyncOps.java").toString()));
      return String.join(File.pathSeparator, target.toString(), jars, root().resolve("bench").toString());
    });
  }

  private static String once(String name, Supplier<String> build) {
    String built = BUILT.get(name);
    if (built == null) {
      built = build.get();
      BUILT.put(name, built);
    }
    return built;
  }

  /** Makes the jar as bin/test does, with build.clj. Returns its path. */
  private static String leatJar() {
    capture(root(), List.of(jdkTool("java"), "-cp", leinClasspath("build"), "clojure.main", "-m", "build", "compile",
        "jar"));
    try (Stream<Path> files = Files.list(root().resolve("target"))) {
      return files.filter(file -> file.getFileName().toString().matches("leat-.*\\.jar"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow(() -> new IllegalStateException("Expected target/leat-VERSION.jar from build.clj, found none"))
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the jars of alias :bench whose file name starts so, as a class path. */
  private static String jars(String start) {
    Pattern name = Pattern.compile(".*/" + start + "[^/]*\\.jar");
    String jars = Arrays.stream(leinClasspath("bench").split(File.pathSeparator))
        .filter(entry -> name.matcher(entry).matches()).collect(Collectors.joining(File.pathSeparator));
    if (jars.isEmpty()) {
      throw new IllegalStateException("Expected jars " + start + "*.jar among the dependencies of alias :bench in deps.edn");
    }
    return jars;
  }

  private static String leinClasspath(String profile) {
    return once("lein " + profile, () -> {
      String[] lines = capture(root(), List.of("lein", "with-profile", profile, "classpath")).strip().split("\n");
      return lines[lines.length - 1];
    });
  }

  private static String javac(String source, String classpath) {
    String target = dir().resolve("peers").toString();
    capture(root(), List.of(jdkTool("javac"), "-d", target, "-cp", classpath, peer(source)));
    return target;
  }

  private static String peer(String file) {
    return root().resolve("bench/peers").resolve(file).toString();
  }

  /** Runs a command to its end. Returns what it printed on its standard output; fails with all of it. */
  static String capture(Path folder, List<String> command) {
    try {
      Path errors = Files.createTempFile("leat-bench", ".err");
      Process process = new ProcessBuilder(new ArrayList<>(command)).directory(folder.toFile())
          .redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes());
      int status = process.waitFor();
      String errorText = Files.readString(errors);
      Files.delete(errors);
      if (status != 0) {
        throw new IllegalStateException("Expected " + command + " to succeed, it ended with " + status + ":\n" + output
            + errorText);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
