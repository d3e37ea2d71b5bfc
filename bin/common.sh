# Shared by bin/demo and bin/test; to be sourced. Plain bash 3.2, which is what macOS has.
# Finds JDKs and installs what is missing: from Debian's packages, or with Homebrew.

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# The feature release of the JDK in folder $1 (17, 25, ...), or nothing when there is no whole JDK.
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# One line for each JDK of release 17 or newer: "RELEASE FOLDER", lowest first, one per release.
jdks() {
  {
    [ -n "${JAVA_HOME:-}" ] && say "$JAVA_HOME"
    command -v javac >/dev/null 2>&1 && real_home "$(command -v javac)"
    ls -d /usr/lib/jvm/*/ "$HOME"/.sdkman/candidates/java/*/ 2>/dev/null
    ls -d /Library/Java/JavaVirtualMachines/*/Contents/Home 2>/dev/null
    ls -d /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home 2>/dev/null
    [ -x /usr/libexec/java_home ] && /usr/libexec/java_home 2>/dev/null
  } | while IFS= read -r home; do
    home=${home%/}
    release=$(jdk_release "$home")
    [ -n "$release" ] && [ "$release" -ge 17 ] && say "$release $home"
  done | sort -s -n -k1,1 -u
}

# The folder of the JDK whose javac is $1, through symbolic links.
real_home() {
  file=$1
  while [ -L "$file" ]; do
    link=$(readlink "$file")
    case "$link" in /*) file=$link ;; *) file=$(dirname "$file")/$link ;; esac
  done
  dirname "$(dirname "$file")"
}

# Makes the JDK in folder $1 the one that everything started from here uses.
use_jdk() {
  export JAVA_HOME=$1 JAVA_CMD=$1/bin/java PATH=$1/bin:$PATH
  unset CLASSPATH
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

apt_lists_are_fresh=
# Installs Debian package $1. Says what it does; its output goes to the error stream.
apt_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  say "Installing Debian's package $1 ..." >&2
  if [ -z "$apt_lists_are_fresh" ]; then
    as_root apt-get update -qq >&2 || return 1
    apt_lists_are_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >&2
}

# True when outside program $1 is there, if need be after installing Debian package $2 or Homebrew's formula $2.
# Asks nobody for a password.
need_program() {
  command -v "$1" >/dev/null 2>&1 && return 0
  if command -v apt-get >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || return 1
    apt_install "$2"
  elif command -v brew >/dev/null 2>&1; then
    say "Installing Homebrew's formula $2 ..." >&2
    brew install --quiet "$2" >&2
  fi
  command -v "$1" >/dev/null 2>&1
}

# nippy_jars: Debian's Nippy and what it needs, each with a colon before it; nothing where it cannot be had. It is on Clojars
# alone otherwise.
nippy_jars() {
  local repository=/usr/share/maven-repo jar
  if [ ! -e "$repository/com/taoensso/nippy" ] && command -v apt-get >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || return 0
    apt_install libnippy-clojure
  fi
  for jar in com/taoensso/nippy com/taoensso/encore com/taoensso/truss org/lz4/lz4-java org/tukaani/xz org/clojure/tools.reader; do
    jar=$repository/$jar/debian/${jar##*/}-debian.jar
    [ ! -e "$jar" ] || printf ':%s' "$jar"
  done
}

need_leiningen() {
  export LEIN_ROOT=1 LEIN_SILENT=1
  command -v lein >/dev/null 2>&1 && return 0
  if command -v apt-get >/dev/null 2>&1; then
    apt_install leiningen
  elif command -v brew >/dev/null 2>&1; then
    say "Installing Homebrew's formula leiningen ..." >&2
    brew install --quiet leiningen >&2
  fi
  command -v lein >/dev/null 2>&1 || die "Leiningen is missing and could not be installed here: see https://leiningen.org"
}

no_jdk="leat needs a JDK, release 17 or newer, and found none in JAVA_HOME, on the PATH, or where JDKs usually are.
Debian and Ubuntu: apt-get install openjdk-17-jdk-headless     macOS: brew install openjdk"
