package leat.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class GraphTest {

  private static String edges(Graph graph) {
    return graph.edges().stream().sorted((a, b) -> a.from() != b.from() ? a.from() - b.from() : a.to() - b.to())
        .map(edge -> edge.from() + "-" + edge.description() + "-" + edge.to()).collect(Collectors.joining(" "));
  }

  private static DynamicTest fromBothEnds(String name, Function<Stream<Object>, Source<?>> transformation) {
    return DynamicTest.dynamicTest(name, () -> {
      Stream<Object> source = new Stream<>(0);
      Source<?> made = transformation.apply(source);
      assertEquals("0-" + name + "-1", edges(Graph.around(source)));
      Graph fromTheEnd = Graph.around(made);
      assertEquals("1-" + name + "-0", edges(fromTheEnd));
      assertSame(source, fromTheEnd.nodes().get(1));
    });
  }

  @TestFactory
  List<DynamicTest> aTransformationIsSeenFromBothEnds() {
    return List.of(
        fromBothEnds("map", s -> Streams.map(v -> v, s, "map")),
        fromBothEnds("filter", s -> Streams.filter(v -> true, s, "filter")),
        fromBothEnds("mapcat", s -> Streams.mapcat(v -> List.of(v).iterator(), s, "mapcat")),
        fromBothEnds("realize-each", s -> Streams.realizeEach(s, "realize-each")),
        fromBothEnds("reductions", s -> Streams.reductions((a, b) -> b, false, null, s, "reductions")),
        fromBothEnds("zip", s -> Streams.zip(v -> v, List.of(s), "zip")),
        fromBothEnds("concat", s -> Streams.concat(v -> null, s, "concat")),
        fromBothEnds("partition", s -> Streams.partition(v -> v, Object::equals, s, "partition")),
        fromBothEnds("batch", s -> Streams.batch(v -> 1, v -> v, 2, -1, Timing.SYSTEM, s, "batch")),
        fromBothEnds("throttle", s -> Streams.throttle(1, 1, Timing.SYSTEM, s, "throttle")));
  }

  @Test
  void seesAllThatAreZipped() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    Source<Object> zipped = Streams.zip(v -> v, List.of(a, b), "zip");
    Graph graph = Graph.around(zipped);
    assertEquals(3, graph.nodes().size());
    assertTrue(graph.nodes().containsAll(List.of(a, b)));
    assertEquals("1-zip-0 2-zip-0", edges(graph));
  }

  @Test
  void looksThroughViews() {
    Stream<Integer> a = new Stream<>(0);
    Stream<Integer> b = new Stream<>(0);
    Views.sourceOnly(Views.sourceOnly(a)).connect(Views.sinkOnly(b));
    Graph graph = Graph.around(Views.sinkOnly(b));
    assertEquals(List.of(b, a), graph.nodes());
    assertEquals("1-null-0", edges(graph));
  }

  @Test
  void showsTheTwoEndsOfASpliceEachWithWhatIsConnectedThere() {
    Stream<Integer> in = new Stream<>(0);
    Stream<Integer> out = new Stream<>(0);
    Splice<Integer, Integer> splice = Views.splice(in, out);
    Stream<Integer> feeder = new Stream<>(0);
    Stream<Integer> fed = new Stream<>(0);
    feeder.connect(Link.to(splice).described("to"));
    splice.connect(Link.to(fed).described("from"));
    assertEquals(List.of(out, in, fed, feeder), Graph.around(splice).nodes());
    assertEquals("0-from-2 3-to-1", edges(Graph.around(splice)));
    assertEquals(List.of(feeder, in), Graph.around(feeder).nodes());
    assertEquals(List.of(fed, out), Graph.around(fed).nodes());
  }

  @Test
  void showsCallbacksAndCircles() {
    Stream<Integer> a = new Stream<>(0);
    Streams.consume(v -> { }, a);
    Graph graph = Graph.around(a);
    assertEquals("0-null-1", edges(graph));
    assertEquals("callback", graph.nodes().get(1).description().type());
    Stream<Integer> b = new Stream<>(0);
    Stream<Integer> c = new Stream<>(0);
    b.connect(c);
    c.connect(b);
    assertEquals("0-null-1 1-null-0", edges(Graph.around(b)));
  }

  @Test
  void forgetsWhatIsClosed() {
    Stream<Object> source = new Stream<>(0);
    Source<?> batches = Streams.batch(v -> 1, v -> v, 2, -1, Timing.SYSTEM, source, "batch");
    Stream<Object> other = new Stream<>(0);
    source.connect(other);
    assertEquals(3, Graph.around(batches).nodes().size());
    batches.close();
    assertEquals(1, Graph.around(batches).nodes().size());
    assertEquals(List.of(source, other), Graph.around(source).nodes());
    source.close();
    assertEquals(List.of(source), Graph.around(source).nodes());
  }
}
