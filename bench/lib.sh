# Shared by the scripts in this folder: finds a JDK and the tools, compiles the harness, runs one of its benchmarks.
# Source it, then: run_bench NAME TOOLS ARGUMENTS...   (TOOLS: programs that must be there, in one string)

bench_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$bench_dir")
build="$root/target/bench"

# The JDK of the harness and of all JVM servers: BENCH_JAVA_HOME, else a JDK 25, else the default one.
find_jdk() {
  local home
  for home in "${BENCH_JAVA_HOME:-}" /usr/lib/jvm/*25* "$HOME"/.sdkman/candidates/java/25* "${JAVA_HOME:-}"; do
    if [ -n "$home" ] && [ -x "$home/bin/javac" ]; then
      echo "$home"
      return
    fi
  done
  if command -v javac > /dev/null; then
    dirname "$(dirname "$(readlink -f "$(command -v javac)")")"
  fi
}

install_hint() {
  case "$1" in
    gcc) echo "apt-get install gcc" ;;
    lein) echo "apt-get install leiningen" ;;
    taskset) echo "apt-get install util-linux" ;;
    *) echo "apt-get install $1" ;;
  esac
}

need() {
  local missing=0 tool
  for tool in "$@"; do
    if ! PATH="$PATH:/usr/sbin" command -v "$tool" > /dev/null; then
      echo "$tool is missing. On Debian or Ubuntu: $(install_hint "$tool")" >&2
      missing=1
    fi
  done
  [ "$missing" = 0 ] || exit 2
}

run_bench() {
  local name=$1 tools=$2
  shift 2
  if [ "$(uname -s)" != Linux ]; then
    echo "This benchmark needs Linux: it pins processes with taskset and reads CPU time from /proc." >&2
    exit 2
  fi
  # shellcheck disable=SC2086
  need $tools
  local jdk
  jdk=$(find_jdk)
  if [ -z "$jdk" ]; then
    echo "A JDK (17 or later, 25 preferred) is missing. On Debian or Ubuntu: apt-get install default-jdk-headless" >&2
    exit 2
  fi
  ulimit -n "$(ulimit -Hn)"
  mkdir -p "$build/harness"
  "$jdk/bin/javac" -Xlint:all -Werror -d "$build/harness" "$bench_dir"/harness/*.java
  PATH="$PATH:/usr/sbin" exec "$jdk/bin/java" -XX:TieredStopAtLevel=1 -Xmx512m -XX:+UseSerialGC \
    -Dbench.root="$root" -Dbench.build="$build" -cp "$build/harness" harness.Main "$name" "$@"
}
