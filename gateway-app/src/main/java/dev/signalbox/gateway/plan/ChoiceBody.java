package dev.signalbox.gateway.plan;

import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.auto.Considered;
import dev.signalbox.routing.auto.Score;
import dev.signalbox.routing.auto.Verdict;
import dev.signalbox.routing.request.CostBand;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// An account of a choice of models as JSON.
final class ChoiceBody {
  private static final MathContext SIX_DIGITS = new MathContext(6);

  private ChoiceBody() {}

  static Map<String, @Nullable Object> of(Choice choice) {
    var body = new LinkedHashMap<String, @Nullable Object>();
    body.put("task_type", choice.task().word());
    body.put("cost", choice.band().word());
    body.put("asked_percentiles", percentiles(choice.band()));
    body.put("percentiles", percentiles(choice.within()));
    body.put("kept_by", choice.kept().isEmpty() ? null : choice.kept());
    body.put("models", choice.models().stream().map(model -> model.slug()).toList());
    body.put("considered", choice.considered().stream().map(ChoiceBody::row).toList());
    return body;
  }

  private static List<BigDecimal> percentiles(CostBand band) {
    return List.of(rounded(band.from()), rounded(band.to()));
  }

  private static Map<String, @Nullable Object> row(Considered one) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("model", one.model().slug());
    row.put("position", one.position().isPresent() ? one.position().getAsInt() : null);
    row.put("expected_usd", rounded(one.usd()));
    row.put("percentile", rounded(one.percentile()));
    row.put("score", one.score().map(ChoiceBody::score).orElse(null));
    row.put("excluded", one.verdict() == Verdict.CHOSEN ? null : excluded(one));
    return row;
  }

  private static Map<String, @Nullable Object> score(Score score) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    row.put("favourite", score.place() == Integer.MAX_VALUE ? null : score.place() + 1);
    row.put("in_outage", score.out());
    row.put("evidence", rounded(score.evidence()));
    row.put("price", rounded(score.price()));
    row.put("ability", rounded(score.ability()));
    row.put("context", rounded(score.context()));
    row.put("health", rounded(score.health()));
    return row;
  }

  private static Map<String, Object> excluded(Considered one) {
    var row = new LinkedHashMap<String, Object>();
    row.put("by", one.verdict().name().toLowerCase(Locale.ROOT));
    row.put(
        "reason",
        one.detail().isEmpty()
            ? one.verdict().sentence()
            : one.verdict().sentence() + ": " + one.detail());
    return row;
  }

  private static @Nullable BigDecimal rounded(OptionalDouble number) {
    return number.isPresent() ? rounded(number.getAsDouble()) : null;
  }

  private static BigDecimal rounded(double number) {
    return new BigDecimal(number, SIX_DIGITS).stripTrailingZeros();
  }
}
