package harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Panels of labelled horizontal bars as an SVG picture, two panels in a row. */
final class BarChart {
  /** One bar; highlighted bars have the accent colour. */
  record Bar(String label, double value, String text, boolean isHighlighted) {}

  private record Panel(String title, List<Bar> bars) {}

  private static final int PANEL_WIDTH = 480;
  private static final int LABEL_WIDTH = 170;
  private static final int VALUE_WIDTH = 120;
  private static final int BAR_HEIGHT = 18;
  private static final int BAR_STEP = 26;
  private static final int TOP = 70;
  private static final String TEXT = "#1f2933";
  private static final String MUTED = "#667380";
  private static final String PLAIN = "#a9b8c6";
  private static final String ACCENT = "#1a7f8e";

  private final String title;
  private final String subtitle;
  private final String foot;
  private final List<Panel> panels = new ArrayList<>();

  BarChart(String title, String subtitle, String foot) {
    this.title = title;
    this.subtitle = subtitle;
    this.foot = foot;
  }

  void panel(String panelTitle, List<Bar> bars) {
    panels.add(new Panel(panelTitle, bars));
  }

  String svg() {
    int panelHeight = 40 + BAR_STEP * panels.stream().mapToInt(panel -> panel.bars().size()).max().orElse(0) + 20;
    int columns = Math.min(2, panels.size());
    int width = 40 + columns * PANEL_WIDTH;
    int height = TOP + (panels.size() + columns - 1) / columns * panelHeight + 30;
    StringBuilder svg = new StringBuilder();
    svg.append(String.format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
        + "font-family=\"system-ui, sans-serif\" role=\"img\" aria-label=\"%s\">%n", width, height, width, height,
        escape(title)));
    svg.append(String.format("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", width, height));
    svg.append(text(20, 30, 18, "600", TEXT, "start", title));
    svg.append(text(20, 52, 12, "400", MUTED, "start", subtitle));
    for (int i = 0; i < panels.size(); i++) {
      appendPanel(svg, panels.get(i), 20 + i % columns * PANEL_WIDTH, TOP + i / columns * panelHeight);
    }
    svg.append(text(20, height - 14, 11, "400", MUTED, "start", foot));
    return svg.append("</svg>\n").toString();
  }

  private static void appendPanel(StringBuilder svg, Panel panel, int left, int top) {
    svg.append(text(left, top + 24, 14, "600", TEXT, "start", panel.title()));
    double largest = panel.bars().stream().mapToDouble(Bar::value).max().orElse(1);
    int room = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH;
    int y = top + 40;
    for (Bar bar : panel.bars()) {
      String color = bar.isHighlighted() ? ACCENT : PLAIN;
      String weight = bar.isHighlighted() ? "600" : "400";
      double length = Math.max(1, room * bar.value() / largest);
      svg.append(text(left + LABEL_WIDTH - 8, y + 13, 12, weight, TEXT, "end", bar.label()));
      svg.append(String.format(Locale.ROOT, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>%n",
          left + LABEL_WIDTH, y, length, BAR_HEIGHT, color));
      svg.append(text(left + LABEL_WIDTH + (int) length + 6, y + 13, 12, weight, TEXT, "start", bar.text()));
      y += BAR_STEP;
    }
  }

  private static String text(int x, int y, int size, String weight, String color, String anchor, String text) {
    return String.format("<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"%s\" fill=\"%s\" text-anchor=\"%s\">%s"
        + "</text>%n", x, y, size, weight, color, anchor, escape(text));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
