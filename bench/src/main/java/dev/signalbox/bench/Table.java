package dev.signalbox.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A table in Markdown.
final class Table {
  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> header) {
    this.header = List.copyOf(header);
  }

  void row(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  /// Writes a figure with as many digits as it is worth.
  static String figure(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    line(text, header);
    line(text, header.stream().map(_ -> "---").toList());
    rows.forEach(row -> line(text, row));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
