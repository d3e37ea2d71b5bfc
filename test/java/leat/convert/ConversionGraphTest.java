package leat.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.ISeq;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import java.io.Closeable;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import leat.async.Source;
import leat.async.Stream;
import org.junit.jupiter.api.Test;

class ConversionGraphTest {

  private record A(int n) {
  }

  private record B(int n) {
  }

  private record C(int n) {
  }

  private static final Type TYPE_A = Type.of(A.class);
  private static final Type TYPE_B = Type.of(B.class);
  private static final Type TYPE_C = Type.of(C.class);

  private static Type seqOf(Class<?> element) {
    return Type.of(Type.Wrapper.SEQ, element);
  }

  private final ConversionGraph graph = ConversionGraph.EMPTY
      .with(TYPE_A, TYPE_B, 1, (x, options) -> new B(((A) x).n() + 10))
      .with(TYPE_B, TYPE_C, 1, (x, options) -> new C(((B) x).n() + 100));

  @Test
  void findsTheCheapestPath() {
    assertEquals(new C(111), graph.convert(new A(1), C.class, null));
    assertEquals(2, graph.find(TYPE_A, TYPE_C).cost());
    ConversionGraph cheaper = graph.with(TYPE_A, TYPE_C, 1.5, (x, options) -> new C(0));
    assertEquals(new C(0), cheaper.convert(new A(1), C.class, null));
    ConversionGraph dearer = graph.with(TYPE_A, TYPE_C, 2.5, (x, options) -> new C(0));
    assertEquals(new C(111), dearer.convert(new A(1), C.class, null));
    ConversionGraph shorter = graph.with(TYPE_A, TYPE_C, 2, (x, options) -> new C(0));
    assertEquals(new C(0), shorter.convert(new A(1), C.class, null), "of the same cost");
    assertEquals(List.of(List.of(A.class, B.class), List.of(B.class, C.class)), graph.find(TYPE_A, TYPE_C).forms());
  }

  @Test
  void whatItIsAlreadyStaysAsItIs() {
    A a = new A(1);
    assertSame(a, graph.convert(a, A.class, null));
    assertSame(a, graph.convert(a, Record.class, null));
    assertEquals(List.of(), graph.find(TYPE_A, TYPE_A).forms());
  }

  @Test
  void saysWhatCannotBeConverted() {
    assertEquals("Don't know how to convert java.lang.String into " + B.class.getName() + ".",
        assertThrows(IllegalArgumentException.class, () -> graph.convert("x", B.class, null)).getMessage());
    assertEquals("Don't know how to convert nil into (seq-of " + B.class.getName() + ").",
        assertThrows(IllegalArgumentException.class, () -> graph.convert(null, seqOf(B.class), null)).getMessage());
    assertNull(graph.find(TYPE_C, TYPE_A));
  }

  @Test
  void anotherConversionTakesThePlaceOfOneThatThereIs() {
    assertEquals(new B(11), graph.convert(new A(1), B.class, null));
    assertEquals(new B(0), graph.with(TYPE_A, TYPE_B, 1, (x, options) -> new B(0)).convert(new A(1), B.class, null));
    assertEquals(new B(11), graph.convert(new A(1), B.class, null), "a graph does not change");
  }

  @Test
  void pathsAreSearchedOnce() throws ReflectiveOperationException {
    var field = ConversionGraph.class.getDeclaredField("paths");
    field.setAccessible(true);
    Map<?, ?> paths = (Map<?, ?>) field.get(graph);
    graph.convert(new A(1), C.class, null);
    Object path = ((Map<?, ?>) paths.get(C.class)).get(A.class);
    assertNotNull(path);
    graph.convert(new A(1), C.class, null);
    assertSame(path, ((Map<?, ?>) paths.get(C.class)).get(A.class));
    assertThrows(IllegalArgumentException.class, () -> graph.convert("x", C.class, null));
    assertEquals(1, ((Map<?, ?>) paths.get(C.class)).size(), "what cannot be converted is not remembered");
  }

  @Test
  void elementsAreConvertedWhenTheyAreWanted() {
    List<Integer> seen = new ArrayList<>();
    ConversionGraph noting = graph.with(TYPE_A, TYPE_B, 1, (x, options) -> {
      seen.add(((A) x).n());
      return new B(((A) x).n());
    });
    Object result = noting.convert(RT.list(new A(1), new A(2), new A(3)), seqOf(B.class), null);
    assertEquals(List.of(), seen);
    assertEquals(new B(1), RT.first(result));
    assertEquals(List.of(1), seen);
    assertEquals(List.of(new B(1), new B(2), new B(3)), result);
  }

  @Test
  void vectorsSequencesAndStreamsBecomeEachOther() {
    Object stream = graph.convert(PersistentVector.create(new A(1), new A(2)), Type.of(Type.Wrapper.STREAM, C.class), null);
    assertTrue(stream instanceof Source<?>);
    assertEquals(List.of(new C(111), new C(112)), graph.convert(stream, seqOf(C.class), null));
  }

  @Test
  void aStreamIsReadNoFurtherThanItsConversion() {
    Stream<Object> stream = new Stream<>(0);
    Source<?> converted = (Source<?>) graph.convertFrom(stream, Type.of(Type.Wrapper.STREAM, A.class),
        Type.of(Type.Wrapper.STREAM, C.class), null);
    // Each of the two steps may hold one value.
    stream.put(new A(1));
    stream.put(new A(2));
    var third = stream.put(new A(3));
    assertEquals(false, third.isRealized());
    assertEquals(new C(111), converted.take(null).getNow());
    assertEquals(true, third.isRealized());
    assertEquals(false, stream.put(new A(4)).isRealized());
  }

  private static final class Opened implements Closeable {
    private boolean isClosed;

    @Override
    public void close() {
      isClosed = true;
    }
  }

  @Test
  void whatIsOpenedOnTheWayIsClosed() {
    Opened opened = new Opened();
    Type type = Type.of(Opened.class);
    ConversionGraph opening = ConversionGraph.EMPTY
        .with(TYPE_A, type, 1, (x, options) -> opened)
        .with(type, TYPE_B, 1, (x, options) -> new B(1))
        .with(type, seqOf(B.class), 1, (x, options) -> RT.list(new B(1), new B(2)))
        .with(type, TYPE_C, 1, (x, options) -> {
          throw new IllegalStateException("broken");
        });
    assertEquals(new B(1), opening.convert(new A(1), B.class, null));
    assertTrue(opened.isClosed);
    opened.isClosed = false;
    ISeq seq = (ISeq) opening.convert(new A(1), seqOf(B.class), null);
    assertEquals(false, opened.isClosed);
    assertEquals(List.of(new B(1), new B(2)), seq);
    assertTrue(opened.isClosed, "at the end of a lazy sequence");
    opened.isClosed = false;
    assertThrows(IllegalStateException.class, () -> opening.convert(new A(1), C.class, null));
    assertTrue(opened.isClosed, "after an error");
  }

  @Test
  void typesKnowWhatTheyAre() {
    assertEquals(TYPE_A, Type.of(A.class));
    assertEquals("(seq-of java.io.InputStream)", seqOf(InputStream.class).toString());
    assertTrue(seqOf(InputStream.class).isAssignableTo(Type.SEQ));
    assertEquals(false, Type.SEQ.isAssignableTo(seqOf(InputStream.class)));
    assertEquals(Type.SEQ, ConversionGraph.typeOf(RT.list("a")));
    assertEquals(Type.of(Type.Wrapper.VECTOR, String.class), ConversionGraph.typeOf(PersistentVector.create("a")));
    assertEquals(Type.STREAM, ConversionGraph.typeOf(new Stream<>(0)));
    assertEquals(Type.SEQ, ConversionGraph.typeOf(PersistentVector.EMPTY));
  }

  @Test
  void theInverseShowsWhatLeadsToAType() {
    assertEquals(List.of(List.of(C.class, B.class), List.of(B.class, A.class)),
        graph.inverse().find(TYPE_C, TYPE_A).forms());
  }

  @Test
  void theBuiltInGraphConvertsByItself() {
    ConversionGraph builtIn = BuiltIn.graph();
    Object nested = RT.list("a", RT.list("b".getBytes(), "c"));
    assertEquals("abc", builtIn.convert(nested, String.class, null));
  }
}
