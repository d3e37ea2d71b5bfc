package harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Reads CPU time and memory of processes from /proc (proc(5)). Times are in microseconds. */
final class ProcFs {
  /** The kernel counts user and system time in USER_HZ, which is 100 on every Linux. */
  private static final long MICROS_PER_TICK = 10_000;

  // Indexes in /proc/PID/stat, counted from the field after the program's name in parentheses.
  private static final int USER = 11;
  private static final int SYSTEM = 12;
  private static final int CHILDREN_USER = 13;
  private static final int CHILDREN_SYSTEM = 14;

  private ProcFs() {}

  /** Returns user + system time of a process, all its threads, and of those of its children that still run. */
  static long cpuMicros(ProcessHandle process) {
    return family(process).mapToLong(member -> ticks(member.pid(), USER, SYSTEM)).sum() * MICROS_PER_TICK;
  }

  /** Returns the resident set of a process and its children, in KiB. */
  static long residentKib(ProcessHandle process) {
    return family(process).mapToLong(member -> residentKib(member.pid())).sum();
  }

  private static Stream<ProcessHandle> family(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants());
  }

  private static long residentKib(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines.filter(line -> line.startsWith("VmRSS:")).map(line -> line.replaceAll("\\D", ""))
          .mapToLong(Long::parseLong).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how many descriptors a process has open. */
  static long openDescriptors(long pid) {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return descriptors.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns user + system time of this process, and of all it started that has ended. */
  static long ownCpuMicros() {
    return ticks(ProcessHandle.current().pid(), USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM) * MICROS_PER_TICK;
  }

  /** Returns the time for which the machine's cores were busy or taken away by the hypervisor. */
  static long machineCpuMicros() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      // cpu user nice system idle iowait irq softirq steal ...
      String[] fields = lines.findFirst().orElseThrow().trim().split("\\s+");
      long ticks = 0;
      for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
        ticks += Long.parseLong(fields[i]);
      }
      return ticks * MICROS_PER_TICK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long ticks(long pid, int... fields) {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    } catch (IOException ended) {
      return 0;
    }
    // The name may hold spaces and parentheses: the fields start after its last parenthesis.
    String[] values = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long sum = 0;
    for (int field : fields) {
      sum += Long.parseLong(values[field]);
    }
    return sum;
  }
}
