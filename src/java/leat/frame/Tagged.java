package leat.frame;

import leat.bytes.Nullable;

/**
 * A value with the tag that says which codec it has.
 *
 * @param tag   the tag
 * @param value the value
 */
public record Tagged(long tag, @Nullable Object value) {
}
