-- The ledger read as double entry: of each event, what it moves between accounts, which sums to nothing.
-- Read, not stored: docs/adr/0013 says why, docs/billing.md what the accounts are.

-- As before, in a form that queries can take in: a check computes each record anew twice.
DROP FUNCTION usage_recomputed(usage_record);
CREATE FUNCTION usage_recomputed(r usage_record)
RETURNS TABLE (prompt numeric, completion numeric, other numeric, due numeric)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
  SELECT c.prompt, c.completion, c.other,
         CASE WHEN r.waived THEN 0 ELSE trunc((c.prompt + c.completion + c.other) * r.charge_factor, 18) END
  FROM (SELECT
    trunc(kept * (r.fresh_prompt_tokens * p.prompt
      + r.image_prompt_tokens * coalesce((r.pricing ->> 'image_token')::numeric, p.prompt)
      + r.audio_prompt_tokens * coalesce((r.pricing ->> 'audio')::numeric, p.prompt)
      + r.cache_read_tokens * coalesce((r.pricing ->> 'input_cache_read')::numeric, p.prompt)
      + r.audio_cache_read_tokens * coalesce((r.pricing ->> 'input_audio_cache')::numeric,
          (r.pricing ->> 'input_cache_read')::numeric, p.prompt)
      + r.cache_write_tokens * coalesce((r.pricing ->> 'input_cache_write')::numeric, p.prompt)
      + r.cache_write_1h_tokens * coalesce((r.pricing ->> 'input_cache_write_1h')::numeric, p.prompt)), 18) AS prompt,
    trunc(kept * (r.visible_tokens * p.completion
      + r.reasoning_tokens * coalesce((r.pricing ->> 'internal_reasoning')::numeric, p.completion)
      + r.audio_completion_tokens * coalesce((r.pricing ->> 'audio_output')::numeric, p.completion)
      + r.image_completion_tokens * coalesce((r.pricing ->> 'image_output')::numeric, p.completion)), 18) AS completion,
    trunc(kept * (coalesce((r.pricing ->> 'request')::numeric, 0)
      + r.images * coalesce((r.pricing ->> 'image')::numeric, 0)
      + r.web_searches * coalesce((r.pricing ->> 'web_search')::numeric, 0)), 18) AS other
    FROM (SELECT 1 - coalesce((r.pricing ->> 'discount')::numeric, 0) AS kept,
                 coalesce((r.pricing ->> 'prompt')::numeric, 0) AS prompt,
                 coalesce((r.pricing ->> 'completion')::numeric, 0) AS completion OFFSET 0) p OFFSET 0) c
$$;

-- One row for each event, one column for each account. Debits are positive: what a customer owes, what
-- the operator bears. Nothing on one side is derived from the other: what was charged is read from the
-- record, what was earned is computed anew from its tokens, prices and factor; what a pot has leased is
-- read from the pot, what is held of it from the holders' leases.
CREATE VIEW ledger_postings AS
  SELECT r.id AS event, r.kind, r.created_at AS at, r.account_id,
         r.charged AS customer,
         CASE WHEN r.kind = 'usage' THEN own.computed + own.failed - c.due ELSE - r.charged END AS revenue,
         - own.stored - own.failed AS provider_payable,
         0::numeric AS hold, 0::numeric AS suspense, r.overrun, 0::numeric AS funds
  FROM usage_record r
  CROSS JOIN LATERAL usage_recomputed(r) c
  -- What an account pays a provider itself is nobody's here.
  CROSS JOIN LATERAL (
    SELECT CASE WHEN r.byok THEN 0 ELSE usage_upstream(r) END AS stored,
           CASE WHEN r.byok THEN 0 ELSE c.prompt + c.completion + c.other END AS computed,
           CASE WHEN r.attempts @> '[{"byok": true}]'
             THEN r.attempts_cost - (
               SELECT coalesce(sum((a ->> 'cost')::numeric), 0) FROM jsonb_array_elements(r.attempts) a
               WHERE (a ->> 'byok')::boolean)
             ELSE r.attempts_cost END AS failed
    OFFSET 0) own
  UNION ALL
  SELECT 'pot-' || p.id, 'lease', NULL, p.account_id, p.leased, 0, 0, - l.hold, - l.suspense, 0, 0
  FROM credit_pot p
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(usd) FILTER (WHERE NOT silent), 0) AS hold,
           coalesce(sum(usd) FILTER (WHERE silent), 0) AS suspense
    FROM (SELECT l.drawn - l.returned - l.settled AS usd,
                 h.closed_at IS NULL AND h.seen_at < clock_timestamp() - credit_patience() AS silent
          FROM credit_lease l JOIN credit_holder h ON h.id = l.holder_id
          WHERE l.pot_id = p.id) leases) l
  UNION ALL
  SELECT g.id::text, g.kind, g.created_at, g.account_id, - g.usd, 0, 0, 0, 0, 0, g.usd
  FROM credit_grant g;

-- The same, one row for each entry.
CREATE VIEW ledger_entries AS
  SELECT p.event, p.kind, p.at, p.account_id, e.account, e.usd
  FROM ledger_postings p
  CROSS JOIN LATERAL (VALUES ('customer', p.customer), ('revenue', p.revenue),
    ('provider_payable', p.provider_payable), ('hold', p.hold), ('suspense', p.suspense),
    ('overrun', p.overrun), ('funds', p.funds)) e (account, usd)
  WHERE e.usd <> 0;

CREATE FUNCTION ledger_check_entries()
RETURNS TABLE (rule text, examined bigint, wrong bigint, example text) LANGUAGE sql STABLE AS $$
  SELECT 'the entries of an event sum to nothing', count(*), count(*) FILTER (WHERE sum <> 0),
         min(event) FILTER (WHERE sum <> 0)
  FROM (SELECT p.event, p.customer + p.revenue + p.provider_payable + p.hold + p.suspense + p.overrun
                        + p.funds AS sum
        FROM ledger_postings p) sums
  UNION ALL
  SELECT 'a run that ended holds nothing', count(*), count(*) FILTER (WHERE usd <> 0),
         min(journal || '/' || epoch) FILTER (WHERE usd <> 0)
  FROM (SELECT h.journal, h.epoch, l.drawn - l.returned - l.settled AS usd
        FROM credit_lease l JOIN credit_holder h ON h.id = l.holder_id
        WHERE h.closed_at IS NOT NULL) ended
$$;

-- What must be so besides once nothing runs and every replica has stopped in order, or come back.
CREATE FUNCTION ledger_check_quiet()
RETURNS TABLE (rule text, examined bigint, wrong bigint, example text) LANGUAGE sql STABLE AS $$
  SELECT 'nothing is held', count(*), count(*) FILTER (WHERE p.hold <> 0), min(p.event) FILTER (WHERE p.hold <> 0)
  FROM ledger_postings p WHERE p.kind = 'lease'
  UNION ALL
  SELECT 'nothing is in suspense', count(*), count(*) FILTER (WHERE p.suspense <> 0),
         min(p.event) FILTER (WHERE p.suspense <> 0)
  FROM ledger_postings p WHERE p.kind = 'lease'
$$;

CREATE OR REPLACE FUNCTION ledger_check() RETURNS TABLE (rule text, examined bigint, wrong bigint, example text)
LANGUAGE sql STABLE AS $$
  SELECT * FROM ledger_check_sums()
  UNION ALL SELECT * FROM ledger_check_entries()
  UNION ALL SELECT * FROM ledger_check_chains()
$$;
