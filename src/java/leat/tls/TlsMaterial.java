package leat.tls;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import leat.async.ScheduledTask;
import leat.async.Scheduler;
import leat.bytes.Nullable;

/**
 * Keys, certificates and trust, made into an {@link SSLContext}, and made again when the files have changed. Connections
 * that there are keep what they began with. Thread-safe.
 */
final class TlsMaterial {
  private static final Logger LOG = System.getLogger("leat.tls");

  /** Reads files, and makes of them what they hold. */
  @FunctionalInterface
  interface Loader<T> {
    T load() throws IOException;
  }

  /** What was loaded at one time. */
  record Loaded(SSLContext ssl, List<X509Certificate> certificates) {}

  private final Loader<Loaded> loader;
  private final List<TlsSource> sources;
  private final Object lock = new Object();
  private volatile Loaded loaded;
  private List<Object> versions;

  TlsMaterial(Loader<Loaded> loader, List<TlsSource> sources) throws IOException {
    this.loader = loader;
    this.sources = List.copyOf(sources);
    this.versions = versions();
    this.loaded = loader.load();
  }

  Loaded loaded() {
    return loaded;
  }

  private List<Object> versions() throws IOException {
    List<Object> found = new ArrayList<>();
    for (TlsSource source : sources) {
      found.add(source.version());
    }
    return found;
  }

  /** Reads everything again; if that fails, all stays as it is. */
  void reload() throws IOException {
    synchronized (lock) {
      List<Object> now = versions();
      loaded = loader.load();
      versions = now;
    }
  }

  /** Like {@link #reload}, if a file has changed. */
  boolean reloadIfChanged() throws IOException {
    synchronized (lock) {
      if (versions().equals(versions)) {
        return false;
      }
      reload();
      return true;
    }
  }

  /** Looks from time to time whether a file has changed, for as long as anybody holds this. */
  void watch(long periodNanos) {
    new Watch(this).start(periodNanos);
  }

  /** Does not keep what it watches. */
  private static final class Watch implements Runnable {
    private final WeakReference<TlsMaterial> watched;
    private volatile @Nullable ScheduledTask task;
    private @Nullable String lastFailure;

    Watch(TlsMaterial watched) {
      this.watched = new WeakReference<>(watched);
    }

    void start(long periodNanos) {
      task = Scheduler.system().scheduleEvery(periodNanos, periodNanos, this);
    }

    @Override
    public void run() {
      TlsMaterial material = watched.get();
      if (material == null) {
        ScheduledTask own = task;
        if (own != null) {
          own.cancel();
        }
        return;
      }
      try {
        if (material.reloadIfChanged()) {
          LOG.log(Level.INFO, "Certificates were reloaded: " + material.sources);
        }
        lastFailure = null;
      } catch (IOException | RuntimeException e) {
        // A key and its certificate are seldom replaced in one go: the next look will find them whole.
        if (!Objects.equals(lastFailure, e.getMessage())) {
          lastFailure = e.getMessage();
          LOG.log(Level.WARNING, "Certificates have changed and cannot be used; the old ones stay: " + e.getMessage());
        }
      }
    }
  }
}
