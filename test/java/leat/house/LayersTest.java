package leat.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The floors of the house: a package refers only to what stands below it. Sources are searched for names (imports and
 * qualified ones) and class files for what the compiler made of them, which finds types that no source names.
 */
class LayersTest {

    private static final Set<String> CODECS =
            Set.of("leat.http1", "leat.http2", "leat.ws", "leat.frame", "leat.codec");
    private static final Set<String> BELOW_SERVER =
            Set.of("leat.bytes", "leat.async", "leat.net", "leat.http", "leat.http1", "leat.http2", "leat.ws", "leat.frame",
                    "leat.tls");

    /** For each package the packages of leat that it may refer to; a new package needs a row here. */
    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            Map.entry("leat.bytes", Set.of()),
            Map.entry("leat.async", Set.of()),
            Map.entry("leat.tls", Set.of("leat.bytes", "leat.async")),
            Map.entry("leat.net", Set.of("leat.bytes", "leat.async", "leat.tls")),
            Map.entry("leat.http", Set.of("leat.bytes")),
            Map.entry("leat.http1", Set.of("leat.bytes", "leat.http")),
            Map.entry("leat.http2", Set.of("leat.bytes", "leat.http")),
            Map.entry("leat.ws", Set.of("leat.bytes", "leat.http")),
            Map.entry("leat.frame", Set.of("leat.bytes")),
            Map.entry("leat.tcp", Set.of("leat.bytes", "leat.async", "leat.net", "leat.tls")),
            Map.entry("leat.udp", Set.of("leat.bytes", "leat.async", "leat.net")),
            Map.entry("leat.server", BELOW_SERVER),
            Map.entry("leat.client", BELOW_SERVER),
            Map.entry("leat.balance", plus(BELOW_SERVER, "leat.server", "leat.client")),
            Map.entry("leat.codec", Set.of("leat.bytes", "leat.frame")),
            Map.entry("leat.clj", Set.of("leat.bytes", "leat.async")),
            Map.entry("leat.convert", Set.of("leat.bytes", "leat.async", "leat.clj")),
            Map.entry("leat.ring", plus(BELOW_SERVER, "leat.server", "leat.client")));

    /** Single names outside those packages that a package may use all the same. */
    private static final Map<String, Set<String>> EXCEPTIONS = Map.of(
            "leat.async",
            Set.of("leat.bytes.Nullable", "clojure.lang.IDeref", "clojure.lang.IBlockingDeref", "clojure.lang.IPending",
                    "clojure.lang.IReference", "clojure.lang.IFn", "clojure.lang.ISeq", "clojure.lang.IPersistentMap"));

    /** What a codec never sees: sockets, files, threads, clocks, loggers. */
    private static final Pattern NOT_FOR_CODECS = Pattern.compile("java\\.net\\..*|java\\.nio\\.(channels|file)\\..*"
            + "|java\\.util\\.concurrent\\..*|java\\.util\\.(logging|Timer)\\b.*|java\\.time\\..*"
            + "|(java\\.lang\\.)?Thread(\\..*)?|(java\\.lang\\.)?System\\.(Logger|getLogger|nanoTime|currentTimeMillis|in|out|err)\\b.*");

    private static final Pattern QUALIFIED = Pattern.compile("(?:[a-z]\\w*\\.)+[A-Z]\\w*.*");

    @TestFactory
    Stream<DynamicTest> sourcesNameOnlyWhatStandsBelow() throws IOException {
        return JavaSources.under("src/java").stream().map(file -> DynamicTest.dynamicTest(file.path().toString(), () ->
                assertEquals(List.of(), breaches(file.packageName(), file.references()))));
    }

    @TestFactory
    Stream<DynamicTest> codecsKnowNoSocketThreadClockOrLogger() throws IOException {
        return JavaSources.under("src/java").stream()
                .filter(file -> CODECS.contains(file.packageName()))
                .map(file -> DynamicTest.dynamicTest(file.path().toString(), () -> assertEquals(
                        List.of(),
                        file.references().stream().filter(NOT_FOR_CODECS.asMatchPredicate()).toList())));
    }

    @Test
    void classFilesReferOnlyToWhatStandsBelow() {
        StringWriter out = new StringWriter();
        int status = java.util.spi.ToolProvider.findFirst("jdeps").orElseThrow().run(
                new PrintWriter(out), new PrintWriter(out), "-verbose:class", "--multi-release", "base", "target/classes");
        assertEquals(0, status, out::toString);
        // "   leat.net.Acceptor      -> leat.bytes.Buf      classes"
        Matcher lines = Pattern.compile("(?m)^\\s+(\\S+)\\s+-> (\\S+)").matcher(out.toString());
        Set<String> found = new TreeSet<>();
        int count = 0;
        while (lines.find()) {
            count++;
            for (String breach : breaches(packageOf(lines.group(1)), Set.of(lines.group(2)))) {
                found.add(lines.group(1) + " refers to " + breach);
            }
        }
        assertEquals(true, count > 100, "jdeps has found dependencies");
        assertEquals(Set.of(), found);
    }

    @Test
    void eachPackageSaysWhatItIs() throws IOException {
        List<String> missing = new ArrayList<>();
        for (JavaSources.JavaFile file : JavaSources.under("src/java")) {
            Path info = file.path().resolveSibling("package-info.java");
            if (!Files.exists(info)) {
                missing.add(info.toString());
            }
        }
        assertEquals(List.of(), missing);
    }

    /** Returns the names among {@code references} that {@code packageName} may not refer to. */
    private static List<String> breaches(String packageName, Set<String> references) {
        Set<String> allowed = MAY_IMPORT.get(packageName);
        if (allowed == null) {
            return List.of("package " + packageName + " stands on no floor: add it to ARCHITECTURE.md and to MAY_IMPORT");
        }
        Set<String> exceptions = EXCEPTIONS.getOrDefault(packageName, Set.of());
        Predicate<String> fine = name -> isPlatform(name)
                || packageOf(name).equals(packageName)
                || allowed.contains(packageOf(name))
                || exceptions.stream().anyMatch(exception -> name.equals(exception) || name.startsWith(exception + "."))
                || (Set.of("leat.ring", "leat.clj", "leat.convert").contains(packageName) && name.startsWith("clojure.lang."));
        return references.stream()
                .filter(QUALIFIED.asMatchPredicate().or(name -> name.endsWith(".*")))
                .filter(fine.negate())
                .toList();
    }

    /** Whether {@code name} belongs to the JDK, or is an expression such as {@code request.head.METHOD}. */
    private static boolean isPlatform(String name) {
        boolean knownRoot = name.matches("(leat|clojure|org|com|net|io|sun|jdk)\\..*");
        return !knownRoot || name.startsWith("jdk.net.");
    }

    /** Returns the part of a qualified name before its first capital letter. */
    private static String packageOf(String name) {
        return name.replaceFirst("\\.([A-Z*].*|)$", "").replaceFirst("\\.[A-Z].*$", "");
    }

    private static Set<String> plus(Set<String> names, String... more) {
        Set<String> all = new TreeSet<>(names);
        all.addAll(List.of(more));
        return all;
    }
}
