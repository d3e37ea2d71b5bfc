package leat.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** What the house rules need to know of the Java sources, read by javac's own parser. */
final class JavaSources {

    /**
     * One Java file.
     *
     * @param path where it is, from the root of the repository
     * @param packageName the package it declares
     * @param lines how many lines it has
     * @param references each name it imports, and each qualified name ({@code a.b.C}) in its code
     * @param methodLines the lines of each method and constructor, by name and first line
     */
    record JavaFile(Path path, String packageName, int lines, Set<String> references, Map<String, Long> methodLines) {}

    private JavaSources() {}

    /** Returns every Java file under those of {@code folders} that exist, sorted by path. */
    static List<JavaFile> under(String... folders) throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String folder : folders) {
            if (Files.isDirectory(Path.of(folder))) {
                try (Stream<Path> files = Files.walk(Path.of(folder))) {
                    files.filter(file -> file.toString().endsWith(".java")).sorted().forEach(paths::add);
                }
            }
        }
        return paths.isEmpty() ? List.of() : parse(paths);
    }

    private static List<JavaFile> parse(List<Path> paths) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(paths));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            List<JavaFile> result = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                result.add(describe(unit, positions));
            }
            return result;
        }
    }

    private static JavaFile describe(CompilationUnitTree unit, SourcePositions positions) {
        Path path = Path.of("").toAbsolutePath().relativize(Path.of(unit.getSourceFile().toUri()));
        Set<String> references = new TreeSet<>();
        Map<String, Long> methodLines = new TreeMap<>();
        TreeScanner<Void, Void> scanner = new TreeScanner<>() {
            @Override
            public Void visitImport(ImportTree tree, Void none) {
                references.add(tree.getQualifiedIdentifier().toString());
                return null;
            }

            @Override
            public Void visitMemberSelect(MemberSelectTree tree, Void none) {
                String name = tree.toString();
                if (name.matches("[\\w.]+")) {
                    references.add(name);
                    return null;
                }
                return super.visitMemberSelect(tree, none);
            }

            @Override
            public Void visitMethod(MethodTree tree, Void none) {
                long from = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
                long to = unit.getLineMap().getLineNumber(Math.max(0, positions.getEndPosition(unit, tree)));
                methodLines.put(tree.getName() + " at line " + from, to - from + 1);
                return super.visitMethod(tree, none);
            }
        };
        scanner.scan(unit.getImports(), null);
        scanner.scan(unit.getTypeDecls(), null);
        return new JavaFile(path, unit.getPackageName().toString(), countLines(path), references, methodLines);
    }

    private static int countLines(Path path) {
        try {
            return Files.readAllLines(path).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
