package leat.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rules for the text of the repository as a whole. */
class RepositoryTest {

    private static final Set<String> NOT_OURS = Set.of(".git", "target", ".cpcache", ".idea", ".lsp", ".clj-kondo", "node_modules");
    private static final long LARGEST_TEXT = 1 << 20;

    /** Tests wait for the thing itself: a deferred, a latch, a clock of their own. */
    @Test
    void testsDoNotSleep() throws IOException {
        Pattern sleep = Pattern.compile("Thread[./]sleep|TimeUnit[./]\\w+[./]sleep|\\.sleep\\(");
        assertEquals(List.of(), matches(sleep, path -> path.startsWith("test") || path.startsWith("compat/test"), "RepositoryTest.java"));
    }

    /** Which registry artifacts come from is for the build tools and the user's settings to say. */
    @Test
    void noHostOfAPackageRegistryIsNamed() throws IOException {
        Pattern hosts = Pattern.compile(String.join("|",
                "repo\\d?\\.maven\\.", "maven\\.apache\\.org/maven2", "maven" + "central\\.", "cloj" + "ars\\.org",
                "central\\.sonatype\\.", "oss\\.sonatype\\.", "npmjs\\.", "pypi\\.", "jcenter\\."));
        assertEquals(List.of(), matches(hosts, path -> true, "RepositoryTest.java"));
    }

    /** A version that stands in two files is wrong in one of them. */
    @Test
    void versionsStandInDepsEdnOnly() throws IOException {
        Pattern version = Pattern.compile("(?<![\\w.])\\d+\\.\\d+(\\.\\d+)+([-.][\\w.]+)?\"|:mvn/version|<version>");
        Predicate<Path> build = path -> path.getNameCount() == 1 && path.toString().matches(".*\\.(clj|xml|json|toml|yml|yaml)")
                || path.startsWith("bin") || path.startsWith(".ci") || path.startsWith("bench") && path.toString().endsWith(".clj");
        assertEquals(List.of(), matches(version, build).stream().filter(line -> !line.contains("127.0.0.1")).toList());
        assertTrue(Files.readString(Path.of("deps.edn")).contains(":mvn/version"));
        assertTrue(Files.notExists(Path.of("pom.xml")));
    }

    @Test
    void theLicenceIsMit() throws IOException {
        String licence = Files.readString(Path.of("LICENSE"));
        assertTrue(licence.startsWith("MIT License"));
        assertTrue(licence.contains("leat contributors"));
    }

    /** Returns "FILE:LINE: text" for each line that {@code pattern} is found in, in the files that {@code where} takes. */
    private static List<String> matches(Pattern pattern, Predicate<Path> where, String... exceptFileNames) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path path : texts()) {
            if (where.test(path) && !List.of(exceptFileNames).contains(path.getFileName().toString())) {
                int number = 0;
                for (String line : Files.readString(path, StandardCharsets.ISO_8859_1).split("\n")) {
                    number++;
                    if (pattern.matcher(line).find()) {
                        found.add(path + ":" + number + ": " + line.strip());
                    }
                }
            }
        }
        return found;
    }

    private static List<Path> texts() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean ours = folder.equals(root) || !NOT_OURS.contains(folder.getFileName().toString());
                return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && attributes.size() <= LARGEST_TEXT) {
                    found.add(root.relativize(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
