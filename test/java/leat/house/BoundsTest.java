package leat.house;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The bounds that keep Java readable. Pure tables, in files that are named {@code ...Table.java}, are exempt. */
class BoundsTest {

    private static final int FILE_LINES = 600;
    private static final int METHOD_LINES = 60;
    private static final int EXAMPLE_LINES = 60;

    @Test
    void javaFilesAreNotTooLong() throws IOException {
        List<Executable> checks = new ArrayList<>();
        for (JavaSources.JavaFile file : files()) {
            int most = file.path().startsWith("examples") ? EXAMPLE_LINES : FILE_LINES;
            checks.add(() -> assertTrue(file.lines() <= most, file.path() + " has " + file.lines() + " lines"));
        }
        assertTrue(checks.size() > 0);
        assertAll(checks);
    }

    @Test
    void methodsAreNotTooLong() throws IOException {
        List<Executable> checks = new ArrayList<>();
        for (JavaSources.JavaFile file : files()) {
            file.methodLines().forEach((method, lines) -> checks.add(() ->
                    assertTrue(lines <= METHOD_LINES, file.path() + ": " + method + " has " + lines + " lines")));
        }
        assertTrue(checks.size() > 0);
        assertAll(checks);
    }

    private static List<JavaSources.JavaFile> files() throws IOException {
        return JavaSources.under("src/java", "test/java", "examples", "bench").stream()
                .filter(file -> !file.path().toString().endsWith("Table.java"))
                .toList();
    }
}
