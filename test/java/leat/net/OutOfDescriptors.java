package leat.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import leat.async.ManualClock;

/** A program that accepts connections while its process has no descriptors left. It must be given few of them. */
final class OutOfDescriptors {
  private OutOfDescriptors() {}

  public static void main(String[] arguments) throws Exception {
    ManualClock clock = new ManualClock();
    try (LogCapture log = new LogCapture(); EventLoops loops = EventLoops.start(1, clock)) {
      EventLoop loop = loops.get(0);
      Acceptor acceptor = Acceptor.bind(loops, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50,
          (owner, remote) -> new Echo());
      // Classes are loaded by descriptors: all that are needed must be there before.
      AcceptorTest.assertEchoes(acceptor.localAddress());
      assertEquals(0, Rig.call(loop, acceptor::failures), "failures");
      EventLoopTest.holdLoop(loop).countDown();
      SocketChannel client = SocketChannel.open();
      List<Closeable> hoard = hoard();
      client.connect(acceptor.localAddress());
      log.awaitFirst();
      // The clock stands still: until it goes on nothing is tried again, whatever the loop does.
      for (int i = 0; i < 200; i++) {
        Rig.call(loop, () -> null);
      }
      assertEquals(1, Rig.call(loop, acceptor::failures), "failures");
      clock.advance(TimeUnit.SECONDS.toNanos(1));
      Rig.call(loop, () -> null);
      assertEquals(2, Rig.call(loop, acceptor::failures), "failures, once time has gone on");
      CountDownLatch goOn = EventLoopTest.holdLoop(loop);
      for (Closeable descriptor : hoard) {
        descriptor.close();
      }
      clock.advance(TimeUnit.SECONDS.toNanos(1));
      goOn.countDown();
      AcceptorTest.assertEchoes(client);
      AcceptorTest.assertEchoes(acceptor.localAddress());
      assertEquals(1, log.messages(Level.WARNING).size());
      assertEquals(1, log.messages(Level.INFO).size());
      client.close();
    }
  }

  private static List<Closeable> hoard() {
    List<Closeable> hoard = new ArrayList<>();
    try {
      while (true) {
        hoard.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException noneLeft) {
      return hoard;
    }
  }
}
