package leat.net;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Options of sockets by name, as the JDK and the system have them: {@code "SO_RCVBUF"}, {@code "tcp-keepidle"}. Case does
 * not count, and a hyphen stands for an underscore. Immutable.
 */
public final class SocketOptions {
  /** No options. */
  public static final SocketOptions NONE = new SocketOptions(Map.of());

  private final Map<String, Object> values;

  private SocketOptions(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * Takes options by name. Whether a kind of socket knows them is found out when they are set.
   *
   * @param values integers or booleans by name
   * @return the options
   */
  public static SocketOptions of(Map<String, ?> values) {
    Map<String, Object> copy = new LinkedHashMap<>();
    values.forEach((name, value) -> copy.put(name.toUpperCase(Locale.ROOT).replace('-', '_'), value));
    return new SocketOptions(copy);
  }

  /**
   * Sets the options.
   *
   * @param channel a socket
   * @throws IOException if the system refuses
   * @throws IllegalArgumentException if the socket has no such option, or it does not take such a value
   */
  public void set(NetworkChannel channel) throws IOException {
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      set(channel, entry.getKey(), entry.getValue());
    }
  }

  private static void set(NetworkChannel channel, String name, Object value) throws IOException {
    for (SocketOption<?> option : channel.supportedOptions()) {
      if (option.name().equals(name)) {
        setTyped(channel, option, value);
        return;
      }
    }
    TreeSet<String> known = new TreeSet<>();
    channel.supportedOptions().forEach(option -> known.add(option.name()));
    throw new IllegalArgumentException("Expected one of the socket options " + String.join(", ", known) + ", got " + name);
  }

  @SuppressWarnings("unchecked")
  private static void setTyped(NetworkChannel channel, SocketOption<?> option, Object value) throws IOException {
    if (option.type() == Integer.class && value instanceof Number number) {
      channel.setOption((SocketOption<Integer>) option, Math.toIntExact(number.longValue()));
    } else if (option.type().isInstance(value)) {
      channel.setOption((SocketOption<Object>) option, value);
    } else {
      throw new IllegalArgumentException("Expected a value of " + option.type().getSimpleName() + " for the socket option "
          + option.name() + ", got " + value);
    }
  }

  /** Whether there is nothing to set. */
  boolean isEmpty() {
    return values.isEmpty();
  }

  /** The options by name. */
  @Override
  public String toString() {
    return values.toString();
  }
}
