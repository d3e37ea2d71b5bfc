package harness;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server process on a free port of 127.0.0.1, pinned to cores (a list as of taskset). It ends with {@link #close} or
 * with the harness.
 */
final class RunningServer implements AutoCloseable {
  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Servers.Spec spec;
  private final int port;
  private final Process process;
  private final Path log;
  private final long startedAtNanos;

  private RunningServer(Servers.Spec spec, int port, String cores) throws IOException {
    this.spec = spec;
    this.port = port;
    List<String> command = new ArrayList<>(List.of("taskset", "-c", cores));
    command.addAll(spec.command().apply(port));
    log = Files.createDirectories(Build.dir().resolve("logs")).resolve(spec.name() + ".log");
    startedAtNanos = System.nanoTime();
    process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile())
        .redirectInput(new File("/dev/null")).start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  /** Starts a server and waits until it gives the right answer. */
  static RunningServer start(Servers.Spec spec, String cores) throws IOException, InterruptedException {
    RunningServer server = new RunningServer(spec, freePort(), cores);
    server.awaitAnswer();
    return server;
  }

  /** Starts a server that echoes, and waits until it does. */
  static RunningServer startEcho(Servers.Spec spec, String cores) throws IOException, InterruptedException {
    RunningServer server = new RunningServer(spec, freePort(), cores);
    server.await(() -> {
      try (Socket socket = new Socket(server.address().getAddress(), server.port)) {
        socket.getOutputStream().write(7);
        if (socket.getInputStream().read() != 7) {
          throw new IOException("Expected an echo");
        }
      }
    });
    return server;
  }

  /** Starts a server and ends it. Returns the milliseconds from its start to its first answer. */
  static double firstAnswerMillis(Servers.Spec spec, String cores) throws IOException, InterruptedException {
    try (RunningServer server = new RunningServer(spec, freePort(), cores)) {
      return server.awaitAnswer() / 1e6;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Waits for the first answer, which must be right. Returns the nanoseconds since the process was started. */
  long awaitAnswer() throws IOException, InterruptedException {
    return await(() -> {
      try (PlainConnection connection = new PlainConnection(address())) {
        connection.exchange();
      }
    });
  }

  /** Asks a server something, which throws as long as it is not there. */
  private interface Question {
    void ask() throws IOException;
  }

  private long await(Question question) throws IOException, InterruptedException {
    while (true) {
      try {
        question.ask();
        return System.nanoTime() - startedAtNanos;
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() - startedAtNanos > START_LIMIT_NANOS) {
          close();
          throw new IOException("Expected an answer from " + spec.name() + ": " + notYet.getMessage() + ". Its log, "
              + log + ":\n" + Files.readString(log), notYet);
        }
        Thread.sleep(2);
      }
    }
  }

  Servers.Spec spec() {
    return spec;
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port);
  }

  long pid() {
    return process.pid();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  String url() {
    return "http://127.0.0.1:" + port + "/";
  }

  /** Ends the process and its children, and nothing else. */
  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
