/**
 * Values in time: one value later, many values one after another, and the time itself.
 *
 * <p>A {@link leat.async.Deferred} is one value or error that comes later. A {@link leat.async.Source} and a
 * {@link leat.async.Sink} are the two ends of a sequence of values with back-pressure, and a {@link leat.async.Stream}
 * is a bounded queue with both ends. A {@link leat.async.Scheduler} runs tasks later. A {@link leat.async.TimerWheel} calls
 * timers when a {@link leat.async.Clock} has come far enough.
 *
 * <p>May import: the JDK, {@link leat.bytes.Nullable}, and the interfaces {@code IDeref}, {@code IBlockingDeref} and
 * {@code IPending} of {@code clojure.lang}, so that {@code @} and {@code realized?} work in Clojure, and
 * {@code IReference} with the types in its signatures, so that streams hold metadata.
 *
 * <p>Threads: {@code Deferred}, {@code Stream}, schedulers and clocks may be used from any thread, and a listener runs on the
 * thread that makes its event happen, never under a lock. A {@code TimerWheel} belongs to one thread.
 *
 * <p>Start reading at {@link leat.async.Deferred}.
 */
package leat.async;
