package jmh;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One operation of the namespace that the property {@code operations} says, by name. Each name runs in a JVM of its own, so that none spoils another. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AsyncOps {

  /** The name of the operation. */
  @Param("create")
  public String op;

  private IFn operation;

  /** Loads the operations and prepares this one. */
  @Setup
  public void prepare() {
    String namespace = System.getProperty("operations");
    Clojure.var("clojure.core", "require").invoke(Clojure.read(namespace));
    operation = (IFn) Clojure.var(namespace, "prepare").invoke(op);
  }

  /**
   * Runs the operation once.
   *
   * @return what it returns, so that nothing is optimized away
   */
  @Benchmark
  public Object run() {
    return operation.invoke();
  }
}
