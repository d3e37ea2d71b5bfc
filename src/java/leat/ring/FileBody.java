package leat.ring;

import java.nio.file.Path;

/**
 * A response body that is a region of a file. It names the region and opens nothing, so it may be used many times.
 *
 * @param path a regular file
 * @param offset where the region starts, in bytes
 * @param byteCount its length, or -1 for all up to the end
 */
public record FileBody(Path path, long offset, long byteCount) {
  /**
   * Checks the region as far as it can be without the file.
   *
   * @param path a regular file
   * @param offset where the region starts, in bytes
   * @param byteCount its length, or -1 for all up to the end
   * @throws IllegalArgumentException if the offset is negative, or the length less than -1
   */
  public FileBody {
    if (offset < 0 || byteCount < -1) {
      throw new IllegalArgumentException("Expected an offset of 0 or more and a length of 0 or more, got offset " + offset
          + ", length " + byteCount);
    }
  }
}
