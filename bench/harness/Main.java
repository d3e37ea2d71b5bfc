package harness;

import java.util.Arrays;
import java.util.List;

/** Runs one benchmark by name. Start reading at {@link HttpBench}. */
final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments).subList(1, arguments.length);
    switch (arguments[0]) {
      case "http" -> new HttpBench(options).run();
      case "tcp" -> new TcpBench(options).run();
      case "memory" -> new MemoryBench(options).run();
      case "alloc" -> new AllocBench(options).run();
      case "async" -> new AsyncBench(AsyncBench.Subject.ASYNC, options).run();
      case "bytes" -> new AsyncBench(AsyncBench.Subject.BYTES, options).run();
      case "startup" -> new StartupBench(options).run();
      default -> throw new IllegalArgumentException("No benchmark " + arguments[0]);
    }
    System.exit(0);
  }
}
