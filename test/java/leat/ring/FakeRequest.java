package leat.ring;

import java.nio.charset.StandardCharsets;
import leat.async.Deferred;
import leat.bytes.Nullable;
import leat.http.Headers;
import leat.http.Limits;
import leat.http1.HeadParser;
import leat.http1.RequestHead;
import leat.net.ChannelHandler;
import leat.server.Request;
import leat.server.RequestBody;

/** A request that came over no connection. */
final class FakeRequest implements Request {
  final Deferred<Boolean> closed = new Deferred<>();

  @Override
  public RequestHead head() {
    byte[] bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    return new HeadParser(Limits.DEFAULT).parse(bytes, 0, bytes.length);
  }

  @Override
  public @Nullable RequestBody body() {
    return null;
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String remoteAddress() {
    return "192.0.2.1";
  }

  @Override
  public String serverName() {
    return "a";
  }

  @Override
  public int serverPort() {
    return 80;
  }

  @Override
  public Deferred<Boolean> closed() {
    return closed;
  }

  @Override
  public boolean upgrade(Headers headers, ChannelHandler successor) {
    return false;
  }
}
