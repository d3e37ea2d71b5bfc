package leat.codec;

import java.io.OutputStream;
import leat.frame.FrameBytes;

/** What is written goes into a frame. */
final class FrameOutput extends OutputStream {
  private final FrameBytes out;

  FrameOutput(FrameBytes out) {
    this.out = out;
  }

  @Override
  public void write(int b) {
    out.writeByte(b);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    out.write(bytes, from, from + length);
  }
}
