-- What callers and operators ask of the ledger, and how it is answered. On a database made by
-- generate.sql:
--
--   psql "$DATABASE_URL" -f bench/ledger/queries.sql

\timing on
\set account '''00000000-0000-4000-8000-000000000000'''
\set key '''0000000000000000000000000000000000000000000000000000000000000000'''
SELECT id AS some_id FROM usage_record WHERE created_at >= now() - interval '40 days' ORDER BY created_at LIMIT 1 \gset
SELECT count(*) AS records FROM usage_record;

\echo '/activity: thirty days of the account with a tenth of all records'
EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF)
SELECT r.day, r.model, r.endpoint_id, max(r.provider_name), sum(r.requests), sum(r.prompt_tokens),
       sum(r.completion_tokens), sum(r.reasoning_tokens), sum(r.charged)
FROM usage_rollup r
WHERE r.account_id = :account AND r.day >= (now() AT TIME ZONE 'UTC')::date - 30
  AND r.day < (now() AT TIME ZONE 'UTC')::date
GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3;

\echo '/key: what the busiest key spent, by day, week, month and in all'
EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF)
SELECT coalesce(sum(charged), 0), coalesce(sum(charged) FILTER (WHERE day >= today), 0),
       coalesce(sum(charged) FILTER (WHERE day >= date_trunc('week', today)), 0),
       coalesce(sum(charged) FILTER (WHERE day >= date_trunc('month', today)), 0)
FROM usage_key_day, (SELECT (now() AT TIME ZONE 'UTC')::date::timestamp AS today) AS clock
WHERE key_hash = :key;

\echo '/credits of an account without a pot'
EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF)
SELECT sum(charged) FROM usage_rollup WHERE account_id = :account;

\echo '/generation'
EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF)
SELECT to_jsonb(r)::text FROM usage_record r
WHERE id = :'some_id' AND created_at = usage_moment(:'some_id') AND account_id IS NOT NULL;

\echo 'a model''s month, over all accounts'
EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF)
SELECT model, provider_slug, sum(requests), sum(upstream_cost), sum(charged)
FROM usage_rollup WHERE day >= (now() AT TIME ZONE 'UTC')::date - 30 GROUP BY 1, 2;
