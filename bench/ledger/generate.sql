-- Fills an empty, migrated database with usage records and their sums, a day at a time, as if they had
-- been drained: 200 accounts, 2,000 keys (one account and one of its keys have a tenth of it all),
-- 40 models at two endpoints each, over 90 days; in chained batches of 300.
--
--   psql "$DATABASE_URL" -v rows=10000000 -f bench/ledger/generate.sql

\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SELECT set_config('bench.rows', :'rows', false);

INSERT INTO accounts (id, name, unlimited)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench ' || n, true
FROM generate_series(0, 199) n ON CONFLICT DO NOTHING;

INSERT INTO api_keys (hash, secret_mac, label, account_id, kind, name)
SELECT lpad(to_hex(n), 64, '0'), '\x00', 'sk-or-v1-ben...' || n,
       ('00000000-0000-4000-8000-' || lpad(to_hex(n / 10), 12, '0'))::uuid, 'inference', 'bench ' || n
FROM generate_series(0, 1999) n ON CONFLICT DO NOTHING;

CREATE PROCEDURE bench_fill() LANGUAGE plpgsql AS $$
DECLARE
  per_day bigint := current_setting('bench.rows')::bigint / 90;
  first timestamptz := date_trunc('day', now(), 'UTC') - interval '89 days';
  today timestamptz;
BEGIN
  FOR d IN 0..89 LOOP
    today := first + make_interval(days => d);
    PERFORM usage_partition(today);
    INSERT INTO usage_record
    SELECT 'gen-' || second || '-' || left(md5(second || '/' || n), 20), to_timestamp(second),
           'usage', NULL,
           ('00000000-0000-4000-8000-' || lpad(to_hex(key / 10), 12, '0'))::uuid,
           lpad(to_hex(key), 64, '0'), 'chat-completions', 'acme/model-' || model,
           'acme/model-' || model, NULL, 'provider-' || at, 'Provider ' || at,
           'acme/model-' || model || '@provider-' || at, 'chatcmpl-' || n, NULL,
           prompt, 0, cached, 0, 0, visible, reasoning, 0, 0, 0, 0, false, pricing, 5.5, 1.055, false,
           prompt * price + cached * price / 10, (visible + reasoning) * price * 4, 0, 0,
           (prompt * price + cached * price / 10 + (visible + reasoning) * price * 4) * 1.055, 0,
           false, n % 2 = 0, false, 'stop', 'stop', 400, 2000, NULL, NULL, 'OpenAI/JS 7.57.0', NULL, NULL,
           '[]', NULL, NULL, 0, 0, 1 + d * (per_day / 300 + 1) + n / 300
    FROM (
      SELECT n, extract(epoch FROM today)::bigint + n * 86400 / per_day AS second,
             CASE WHEN random() < 0.1 THEN 0 ELSE floor(random() * 2000)::int END AS key,
             model, at, price, pricing,
             floor(random() * 4000)::bigint AS prompt, floor(random() * 2000)::bigint AS cached,
             floor(random() * 800)::bigint AS visible, floor(random() * 300)::bigint AS reasoning
      FROM (SELECT n, floor(random() * 40)::int AS model, floor(random() * 2)::int AS at
            FROM generate_series(0, per_day - 1) n) drawn
      JOIN (SELECT m, (m + 1) * 0.0000001 AS price,
                   jsonb_build_object('prompt', (m + 1) * 0.0000001, 'completion', (m + 1) * 0.0000004,
                     'input_cache_read', (m + 1) * 0.00000001, 'discount', '0') AS pricing
            FROM generate_series(0, 39) m) priced ON priced.m = drawn.model) made;
    INSERT INTO usage_rollup
    SELECT account_id, (created_at AT TIME ZONE 'UTC')::date, key_hash, model, endpoint_id,
           provider_slug, provider_name, byok, count(*),
           sum(fresh_prompt_tokens + cache_read_tokens), sum(visible_tokens + reasoning_tokens),
           sum(reasoning_tokens), sum(cache_read_tokens),
           sum(upstream_prompt_cost + upstream_completion_cost), 0, sum(charged), 0
    FROM usage_record WHERE created_at >= today AND created_at < today + interval '1 day'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
    INSERT INTO usage_key_day
    SELECT key_hash, u.day, sum(requests), sum(charged), 0 FROM usage_rollup u
    WHERE u.day = (today AT TIME ZONE 'UTC')::date GROUP BY 1, 2;
    -- Chained in batches of 300, as a drainer brings them.
    PERFORM usage_chain_add('00000000-0000-4000-8000-00000000beef', 0, 1, s.batch, jsonb_build_array(to_jsonb(s)))
    FROM (SELECT r.batch, usage_month(r.created_at) AS month, count(*) AS records,
                 min(r.id COLLATE "C") AS first_id, max(r.id COLLATE "C") AS last_id,
                 encode(sha256(string_agg(usage_seal(r), '' ORDER BY r.id COLLATE "C")), 'hex') AS content
          FROM usage_record r WHERE r.created_at >= today AND r.created_at < today + interval '1 day'
          GROUP BY 1, 2 ORDER BY 1) s;
    COMMIT;
    RAISE NOTICE '% of 90 days', d + 1;
  END LOOP;
END $$;
CALL bench_fill();
DROP PROCEDURE bench_fill;
SELECT setval('usage_batch_id', (SELECT max(batch) FROM usage_batch));
VACUUM ANALYZE usage_record, usage_rollup, usage_key_day, usage_batch;
