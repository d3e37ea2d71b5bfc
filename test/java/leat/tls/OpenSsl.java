package leat.tls;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command openssl, where there is one. */
public final class OpenSsl {
  private OpenSsl() {}

  /**
   * Whether the command is there, in version 1.1.1 or later.
   *
   * @return for the conditions of tests
   */
  public static boolean isMissing() {
    try {
      return !run(Path.of("."), "", "version").matches("(?s)OpenSSL (1\\.1\\.1|[3-9]).*");
    } catch (IOException | UncheckedIOException e) {
      return true;
    }
  }

  /**
   * Runs it to its end.
   *
   * @param folder where
   * @param input what it reads
   * @param arguments its arguments
   * @return what it prints
   * @throws IOException if it cannot be started
   */
  public static String run(Path folder, String input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    try {
      process.getOutputStream().write(input.getBytes(StandardCharsets.ISO_8859_1));
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new AssertionError("openssl did not end: " + command);
      }
      return output;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** One that runs until it is closed, and reads and prints meanwhile. */
  public static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    /**
     * Starts it.
     *
     * @param folder where
     * @param arguments its arguments
     * @throws IOException if it cannot be started
     */
    public Running(Path folder, String... arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of("openssl"));
      command.addAll(List.of(arguments));
      process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    /**
     * Writes to it.
     *
     * @param text as it is
     * @throws IOException if it has ended
     */
    public void type(String text) throws IOException {
      process.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      process.getOutputStream().flush();
    }

    /**
     * Reads what it prints up to a line.
     *
     * @param part of the line
     * @return all lines up to that one
     * @throws IOException if it cannot be read
     */
    public String readTo(String part) throws IOException {
      StringBuilder seen = new StringBuilder();
      while (true) {
        String line = output.readLine();
        if (line == null) {
          throw new AssertionError("Expected " + part + " from openssl, got only: " + seen);
        }
        seen.append(line).append('\n');
        if (line.contains(part)) {
          return seen.toString();
        }
      }
    }

    /**
     * Reads what it prints up to its end.
     *
     * @return the rest
     * @throws IOException if it cannot be read
     */
    public String readToEnd() throws IOException {
      StringBuilder seen = new StringBuilder();
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        seen.append(line).append('\n');
      }
      return seen.toString();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
