package leat.convert;

import clojure.lang.AFn;
import clojure.lang.ILookup;
import clojure.lang.ISeq;
import clojure.lang.IteratorSeq;
import clojure.lang.LazySeq;
import clojure.lang.PersistentList;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import leat.async.Link;
import leat.async.Source;
import leat.async.Stream;
import leat.async.Streams;
import leat.async.Transform;
import leat.async.Views;
import leat.bytes.Nullable;
import leat.clj.SeqSource;

/** Sequences, iterators and sources of elements, each made of another without taking more than is wanted. */
final class Elements {

  private Elements() {
  }

  /** An iterator that looks for its next element when it is asked whether there is one. */
  abstract static class Lookahead<T> implements Iterator<T> {
    private @Nullable T next;
    private boolean isOver;

    /** Returns the next element, or null at the end, after which this is not called again. */
    abstract @Nullable T pull() throws Exception;

    @Override
    public final boolean hasNext() {
      if (next == null && !isOver) {
        try {
          next = pull();
        } catch (Exception e) {
          throw Util.sneakyThrow(e);
        }
        isOver = next == null;
      }
      return next != null;
    }

    @Override
    public final T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      T found = next;
      next = null;
      return found;
    }
  }

  /** Takes from a source, and waits for each element. */
  private static final class Taking extends Lookahead<Object> {
    private final Source<Object> source;

    @SuppressWarnings("unchecked")
    Taking(Source<?> source) {
      this.source = (Source<Object>) source;
    }

    @Override
    @Nullable Object pull() throws Exception {
      Object value;
      do {
        value = source.take(this).deref();
      } while (value == null);
      if (value != this) {
        return value;
      }
      if (source.closeCause() != null) {
        throw Util.sneakyThrow(source.closeCause());
      }
      return null;
    }
  }

  /** Walks along a sequence without holding its head. */
  private static final class Walking implements Iterator<Object> {
    private @Nullable Object rest;

    Walking(@Nullable Object elements) {
      rest = elements;
    }

    @Override
    public boolean hasNext() {
      rest = RT.seq(rest);
      return rest != null;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      ISeq here = (ISeq) rest;
      rest = here.more();
      return here.first();
    }
  }

  /** Returns the elements of a sequence, or those that come out of a source, for which it waits. */
  static Iterator<Object> iterator(Object elements) {
    return elements instanceof Source<?> source ? new Taking(source) : new Walking(elements);
  }

  /** Returns a lazy sequence, which realizes one element at a time. */
  static ISeq lazy(Iterator<?> elements) {
    return new LazySeq(new AFn() {
      @Override
      public Object invoke() {
        return IteratorSeq.create(elements);
      }
    });
  }

  /** Returns a vector as a sequence. */
  static ISeq seq(Object vector) {
    ISeq seq = RT.seq(vector);
    return seq == null ? PersistentList.EMPTY : seq;
  }

  /** Returns what comes out of a source as a sequence, which waits for it. */
  static ISeq seq(Source<?> source) {
    return lazy(new Taking(source));
  }

  static Source<?> source(Object elements) {
    return new SeqSource(elements);
  }

  /** Returns a sequence with each element converted when it is asked for. */
  static ISeq mapped(Object elements, Conversion.Step step, @Nullable ILookup options) {
    Iterator<Object> from = iterator(elements);
    return lazy(new Iterator<Object>() {
      @Override
      public boolean hasNext() {
        return from.hasNext();
      }

      @Override
      public Object next() {
        return apply(step, from.next(), options);
      }
    });
  }

  /** Returns a source with each element converted when it is taken. */
  static Source<?> mapped(Source<?> source, Conversion.Step step, @Nullable ILookup options) {
    return Streams.map(x -> apply(step, x, options), source, "convert");
  }

  private static Object apply(Conversion.Step step, Object x, @Nullable ILookup options) {
    try {
      return step.apply(x, options);
    } catch (Exception e) {
      throw Util.sneakyThrow(e);
    }
  }

  /** Returns a source of what a transform makes of another. */
  static Source<?> transformed(Source<?> source, Supplier<Transform> transform) {
    Stream<Object> out = Stream.builder().transformed(transform);
    source.connect(Link.to(out).described("convert"));
    return Views.sourceOnly(out);
  }
}
