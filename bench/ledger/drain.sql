-- What the chains cost a drainer: batches of 300 records through usage_drain as it is, and through one
-- that closes no batch, in turn, each with its commit. Leaves records that are in no batch, so never run it
-- on a ledger that matters. On a migrated database:
--
--   psql "$DATABASE_URL" -v batches=200 -f bench/ledger/drain.sql

\set ON_ERROR_STOP on
SELECT set_config('bench.batches', :'batches', false);

DO $$
DECLARE
  body text := pg_get_functiondef('usage_drain(json, uuid, integer, bigint)'::regprocedure);
  bare text := regexp_replace(
    regexp_replace(body, '\(SELECT jsonb_agg\(s\) FROM \(.*?\) s\)', 'NULL::jsonb'),
    'PERFORM usage_chain_add\([^;]*;', 'NULL;');
BEGIN
  IF bare ~ 'usage_seal|usage_chain_add' THEN
    RAISE EXCEPTION 'usage_drain has changed: this script must too';
  END IF;
  EXECUTE replace(bare, 'FUNCTION public.usage_drain(', 'FUNCTION public.bench_drain(');
END $$;

CREATE FUNCTION bench_batch() RETURNS json LANGUAGE sql AS $$
  SELECT jsonb_agg(jsonb_build_object(
    'id', 'gen-' || extract(epoch FROM now())::bigint || '-' || replace(gen_random_uuid()::text, '-', ''),
    'account_id', '00000000-0000-4000-8000-' || lpad(to_hex(k / 10), 12, '0'),
    'key_hash', lpad(to_hex(k), 64, '0'), 'surface', 'chat-completions', 'model', 'acme/model-' || m,
    'requested_model', 'acme/model-' || m, 'provider_slug', 'acme', 'provider_name', 'Acme',
    'endpoint_id', 'acme/model-' || m || '@acme', 'upstream_id', 'chatcmpl-' || n,
    'fresh_prompt_tokens', 1000 + n, 'audio_prompt_tokens', 0, 'cache_read_tokens', 0,
    'cache_write_tokens', 0, 'cache_write_1h_tokens', 0, 'visible_tokens', 200, 'reasoning_tokens', 0,
    'audio_completion_tokens', 0, 'image_completion_tokens', 0, 'images', 0, 'web_searches', 0,
    'estimated', false, 'pricing', '{"prompt": "0.000001", "completion": "0.000002", "discount": "0"}'::jsonb,
    'markup_percent', '5.5', 'charge_factor', '1.055', 'waived', false,
    'upstream_prompt_cost', (1000 + n) * 0.000001, 'upstream_completion_cost', '0.0004',
    'upstream_other_cost', '0', 'attempts_cost', '0',
    'charged', ((1000 + n) * 0.000001 + 0.0004) * 1.055, 'overrun', '0', 'byok', false,
    'streamed', true, 'cancelled', false, 'finish_reason', 'stop', 'native_finish_reason', 'stop',
    'latency_ms', 400, 'generation_ms', 2000, 'user_agent', 'OpenAI/JS 7.57.0',
    'attempts', jsonb_build_array(jsonb_build_object('endpoint', 'acme/model-' || m || '@acme',
      'provider', 'Acme', 'model', 'acme/model-' || m, 'status', 200, 'outcome', 'relayed', 'latency', 400))))::json
  FROM (SELECT n, (random() * 2000)::int AS k, (random() * 40)::int AS m FROM generate_series(1, 300) n) x
$$;

CREATE PROCEDURE bench_drains() LANGUAGE plpgsql AS $$
DECLARE
  entries json;
  started timestamptz;
  spent interval[] := ARRAY[interval '0', interval '0'];
  batches integer := current_setting('bench.batches')::integer;
BEGIN
  FOR n IN -20..batches * 2 - 1 LOOP
    entries := bench_batch();
    COMMIT;
    started := clock_timestamp();
    IF n % 2 = 0 THEN
      PERFORM usage_drain(entries, '00000000-0000-4000-8000-00000000beef', 0, 1);
    ELSE
      PERFORM bench_drain(entries, '00000000-0000-4000-8000-00000000beef', 0, 1);
    END IF;
    COMMIT;
    IF n >= 0 THEN
      spent[1 + n % 2] := spent[1 + n % 2] + (clock_timestamp() - started);
    END IF;
  END LOOP;
  RAISE NOTICE 'chained % us a record, not chained % us, ratio %',
    round(extract(epoch FROM spent[1]) * 1e6 / (300 * batches), 1),
    round(extract(epoch FROM spent[2]) * 1e6 / (300 * batches), 1),
    round(extract(epoch FROM spent[1]) / extract(epoch FROM spent[2]), 3);
END $$;
CALL bench_drains();
DROP PROCEDURE bench_drains;
DROP FUNCTION bench_batch, bench_drain(json, uuid, integer, bigint);
