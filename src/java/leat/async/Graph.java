package leat.async;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import leat.bytes.Nullable;

/**
 * The nodes that are connected with one another, directly or not, as they are at one moment. Views are not among them,
 * but what they show: of a {@link Splice} its source and its sink.
 *
 * @param nodes the nodes, the one that was asked about first; of a splice its source and then its sink
 * @param edges what leads from one to another
 */
public record Graph(List<Node> nodes, List<Edge> edges) {

  /**
   * What leads from one node to another. A callback between two streams is part of the edge.
   *
   * @param from        the index of the node that feeds
   * @param to          the index of the node that is fed
   * @param description what the link was given, or null
   */
  public record Edge(int from, int to, @Nullable Object description) {
  }

  /** A search in both directions. */
  private static final class Search {
    private final Map<Node, Integer> indexes = new IdentityHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();
    private final ArrayDeque<Node> todo = new ArrayDeque<>();

    /** Enters a node of which values come out, or into which they go if {@code isFed}. Returns its index. */
    int index(Node node, boolean isFed) {
      Node found = Views.nodeOf(node, isFed);
      Integer known = indexes.get(found);
      if (known != null) {
        return known;
      }
      indexes.put(found, nodes.size());
      nodes.add(found);
      todo.add(found);
      return nodes.size() - 1;
    }

    void run() {
      while (!todo.isEmpty()) {
        Node node = todo.poll();
        node.upstream().forEach(feeder -> index(feeder, false));
        for (Link link : node.downstream()) {
          Sink<?> sink = link.sink();
          Node to = sink instanceof Stage<?> stage && stage.out != null ? stage.out : sink;
          edges.add(new Edge(index(node, false), index(to, true), link.description()));
        }
      }
    }
  }

  /**
   * Looks at everything that is connected with {@code node}.
   *
   * @param node where to begin
   * @return the graph
   */
  public static Graph around(Node node) {
    Search search = new Search();
    search.index(node, false);
    search.index(node, true);
    search.run();
    return new Graph(List.copyOf(search.nodes), List.copyOf(search.edges));
  }
}
