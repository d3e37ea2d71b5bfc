package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import leat.async.Clock;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/** Many clients, random chunks, random pauses: every byte comes back, in order, and nothing piles up. */
@Timeout(60)
class EchoRandomTest {
  private static final int CLIENTS = 12;
  private static final int MOST_BYTES = 1024 * 1024;
  /** More than all kernel buffers on the way hold. */
  private static final int STUBBORN_BYTES = 16 * 1024 * 1024;

  private final AtomicLong mostWaiting = new AtomicLong();
  private final CompletableFuture<Boolean> full = new CompletableFuture<>();

  /** Answers in all the ways there are: small, by reference, at once, later, and pauses when it likes. */
  private final class RandomEcho extends Echo {
    private final Random random;

    RandomEcho(long seed) {
      random = new Random(seed);
    }

    @Override
    public void onRead(TcpChannel channel, byte[] bytes, int from, int to) {
      int cut = from + random.nextInt(to - from + 1);
      if (random.nextBoolean()) {
        super.onRead(channel, bytes, from, cut);
      } else {
        channel.write(Arrays.copyOfRange(bytes, from, cut), 0, cut - from);
      }
      channel.write(ByteBuffer.wrap(bytes.clone(), cut, to - cut));
      mostWaiting.accumulateAndGet(channel.pendingBytes(), Math::max);
      if (!channel.isWritable()) {
        full.complete(true);
        channel.pauseReading();
      } else if (random.nextInt(4) == 0) {
        channel.pauseReading();
        channel.loop().execute(() -> {
          if (channel.isWritable()) {
            channel.resumeReading();
          }
        });
      }
    }
  }

  /** One client: a thread that sends, and one that receives. */
  private static final class Client {
    private final Socket socket;
    private final long seed;
    private final int byteCount;

    Client(Socket socket, long seed, int byteCount) {
      this.socket = socket;
      this.seed = seed;
      this.byteCount = byteCount;
    }

    void send() throws IOException {
      Random content = new Random(seed);
      Random chunks = new Random(seed + 1);
      OutputStream out = socket.getOutputStream();
      for (int left = byteCount; left > 0; ) {
        byte[] chunk = new byte[Math.min(left, 1 + chunks.nextInt(chunks.nextInt(10) == 0 ? 100_000 : 2_000))];
        for (int i = 0; i < chunk.length; i++) {
          chunk[i] = (byte) content.nextInt();
        }
        out.write(chunk);
        left -= chunk.length;
        pause(chunks);
      }
      socket.shutdownOutput();
    }

    int receive() throws IOException {
      Random content = new Random(seed);
      Random chunks = new Random(seed + 2);
      InputStream in = socket.getInputStream();
      int received = 0;
      byte[] chunk = new byte[65_536];
      for (int n; (n = in.read(chunk, 0, 1 + chunks.nextInt(chunk.length))) >= 0; ) {
        for (int i = 0; i < n; i++) {
          assertEquals((byte) content.nextInt(), chunk[i], "byte " + (received + i));
        }
        received += n;
        pause(chunks);
      }
      return received;
    }

    private static void pause(Random random) {
      if (random.nextInt(10) == 0) {
        LockSupport.parkNanos(random.nextInt(1_000_000));
      }
    }
  }

  private interface Work {
    int run() throws IOException;
  }

  private static CompletableFuture<Integer> inThread(Work work) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    new Thread(() -> {
      try {
        result.complete(work.run());
      } catch (Throwable t) {
        result.completeExceptionally(t);
      }
    }).start();
    return result;
  }

  @RepeatedTest(2)
  void everyByteComesBackInOrder() throws Exception {
    long seed = Long.getLong("leat.seed", System.nanoTime());
    System.out.println("EchoRandomTest: -Dleat.seed=" + seed);
    Random seeds = new Random(seed);
    try (Rig rig = new Rig(2, Clock.SYSTEM, () -> new RandomEcho(seed))) {
      List<Client> clients = new ArrayList<>();
      List<CompletableFuture<Integer>> sent = new ArrayList<>();
      List<CompletableFuture<Integer>> received = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        // The first one reads nothing until its pressure has come to the server.
        boolean stubborn = i == 0;
        Client client = new Client(
            rig.client(stubborn ? 65_536 : seeds.nextBoolean() ? 8_192 : 0),
            seeds.nextLong(),
            stubborn ? STUBBORN_BYTES : seeds.nextInt(MOST_BYTES));
        clients.add(client);
        sent.add(inThread(() -> {
          client.send();
          return 0;
        }));
        received.add(inThread(() -> {
          if (stubborn) {
            Rig.await(full);
          }
          return client.receive();
        }));
      }
      for (int i = 0; i < CLIENTS; i++) {
        Rig.await(sent.get(i));
        assertEquals(clients.get(i).byteCount, Rig.await(received.get(i)), "bytes of client " + i);
      }
    }
    // One read more than the mark.
    long bound = TcpChannel.HIGH_WATER + EventLoop.IO_BYTES;
    assertTrue(mostWaiting.get() <= bound, mostWaiting + " bytes waited");
  }
}
