package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// That callers' questions are answered from an index and the daily sums, however much there is: by
/// the planner's word, on tables whose statistics say that they are large.
class LedgerPlansTest {
  private static Books books;

  @BeforeAll
  static void fill() {
    books = new Books();
    books.execute(
        """
        INSERT INTO usage_rollup
        SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n % 50), 12, '0'))::uuid,
               current_date - n / 1000, 'key-' || n % 500, 'model-' || n % 7, 'endpoint-' || n % 7,
               'acme', 'Acme', false, 1, 1, 1, 1, 1, 1, 0, 1, 0
        FROM generate_series(0, 59999) n ON CONFLICT DO NOTHING;
        INSERT INTO usage_key_day
        SELECT 'key-' || n % 500, current_date - n / 500, 1, 1, 0 FROM generate_series(0, 59999) n;
        INSERT INTO usage_record
        SELECT 'gen-' || s || '-' || n, to_timestamp(s), 'usage', NULL, gen_random_uuid(), 'key', 's', 'm',
               'm', NULL, 'p', 'P', 'e', NULL, NULL, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, false,
               '{"prompt": "0", "completion": "0"}', 0, 1, false, 0, 0, 0, 0, 0, 0, false, false, false,
               'stop', NULL, 1, 1, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL
        FROM (SELECT n, extract(epoch FROM date_trunc('month', now(), 'UTC'))::bigint + n AS s
              FROM generate_series(1, 20000) n) x;
        ANALYZE usage_rollup, usage_key_day, usage_record;
        """);
  }

  @AfterAll
  static void close() {
    books.close();
  }

  private static String plan(String sql) {
    List<String> lines = books.query("EXPLAIN " + sql);
    return String.join("\n", lines);
  }

  private static void readsNoTableWhole(String sql) {
    String plan = plan(sql);
    assertThat(plan).doesNotContain("Seq Scan on usage_").contains("Index");
  }

  @Test
  void anAccountsMonthComesFromTheSums() {
    String sql =
        """
        SELECT r.day, r.model, r.endpoint_id, sum(r.requests), sum(r.charged) FROM usage_rollup r
        WHERE r.account_id = '00000000-0000-4000-8000-000000000000'
          AND r.day >= (now() AT TIME ZONE 'UTC')::date - 30
          AND r.day < (now() AT TIME ZONE 'UTC')::date
        GROUP BY 1, 2, 3
        """;
    readsNoTableWhole(sql);
    assertThat(plan(sql)).doesNotContain("usage_record");
  }

  @Test
  void whatAKeySpentComesFromTheSums() {
    String sql = PostgresSpending.SPENT.replace("$1", "'key-1'");
    readsNoTableWhole(sql);
    assertThat(plan(sql)).doesNotContain("usage_record");
  }

  @Test
  void creditComesFromThePotOrTheSums() {
    String sql =
        PostgresSpending.CREDITS.replace("$1", "'00000000-0000-4000-8000-000000000000'::uuid");
    readsNoTableWhole(sql);
    assertThat(plan(sql)).doesNotContain("usage_record");
  }

  @Test
  void aGenerationComesFromOnePartition() {
    String id = books.query("SELECT id FROM usage_record LIMIT 1").getFirst();
    String sql =
        "SELECT to_jsonb(r) FROM usage_record r WHERE id = '%s' AND created_at = usage_moment('%s')"
            .formatted(id, id);
    readsNoTableWhole(sql);
    assertThat(plan(sql).split("Index Scan", -1)).hasSize(2);
  }
}
