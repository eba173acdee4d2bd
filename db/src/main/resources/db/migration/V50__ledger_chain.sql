-- Records are chained: each batch that is drained is closed with a hash over what the tables then hold of
-- it and the hash of the batch before. docs/billing.md explains it.

-- The batch that brought a record; 0 for those that were there before batches were told.
ALTER TABLE usage_record ADD COLUMN batch bigint NOT NULL DEFAULT 0;
CREATE SEQUENCE usage_batch_id;

-- A chain belongs to a journal, over all its runs: a replica that comes back goes on with its own. What
-- comes past a journal takes a lane beside it, so that those who wait for it do not wait for each other.
CREATE TABLE usage_chain (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  journal uuid NOT NULL,
  lane    integer NOT NULL,
  length  bigint NOT NULL DEFAULT 0,
  head    bytea NOT NULL DEFAULT '\x',
  UNIQUE (journal, lane)
);

-- A batch's records of one month: months are dropped whole, and so is what a hash is about.
CREATE TABLE usage_batch (
  chain    bigint NOT NULL REFERENCES usage_chain (id),
  number   bigint NOT NULL,
  batch    bigint NOT NULL,
  month    integer NOT NULL,
  epoch    bigint NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  records  bigint NOT NULL CHECK (records > 0),
  first_id text COLLATE "C" NOT NULL,
  last_id  text COLLATE "C" NOT NULL,
  -- Over the records, and over all of this and the hash of the batch before.
  content  bytea NOT NULL,
  previous bytea NOT NULL,
  hash     bytea NOT NULL,
  PRIMARY KEY (chain, number),
  UNIQUE (batch, month)
);

CREATE FUNCTION usage_batch_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'usage_batch is append-only';
END $$;
CREATE TRIGGER usage_batch_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_batch
  FOR EACH STATEMENT EXECUTE FUNCTION usage_batch_keep();

-- 202611 for November 2026, in UTC.
CREATE FUNCTION usage_month(moment timestamptz) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYYMM')::integer
$$;

-- A record's hash. No setting of a session changes how these types print; created_at follows from the id.
-- Whoever adds a column to usage_record adds it here only for batches that are closed from then on.
CREATE FUNCTION usage_seal(r usage_record) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(ROW(
      r.id, r.kind, r.corrects, r.account_id, r.key_hash, r.surface, r.model, r.requested_model, r.router,
      r.provider_slug, r.provider_name, r.endpoint_id, r.upstream_id, r.service_tier, r.fresh_prompt_tokens,
      r.audio_prompt_tokens, r.cache_read_tokens, r.cache_write_tokens, r.cache_write_1h_tokens,
      r.visible_tokens, r.reasoning_tokens, r.audio_completion_tokens, r.image_completion_tokens, r.images,
      r.web_searches, r.estimated, r.pricing, r.markup_percent, r.charge_factor, r.waived,
      r.upstream_prompt_cost, r.upstream_completion_cost, r.upstream_other_cost, r.attempts_cost, r.charged,
      r.overrun, r.byok, r.streamed, r.cancelled, r.finish_reason, r.native_finish_reason, r.latency_ms,
      r.generation_ms, r.session_id, r.external_user, r.user_agent, r.http_referer, r.app_title, r.attempts,
      r.holder, r.key_pot, r.image_prompt_tokens, r.audio_cache_read_tokens)::text, 'UTF8'))
$$;

CREATE FUNCTION usage_batch_hash(b usage_batch) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(ROW(b.chain, b.number, b.batch, b.month, b.epoch,
    extract(epoch FROM b.closed_at), b.records, b.first_id, b.last_id)::text, 'UTF8')
    || b.content || b.previous)
$$;

-- What stands before the first batch of a chain.
CREATE FUNCTION usage_chain_origin(journal uuid, lane integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(convert_to(journal || '/' || lane, 'UTF8'))
$$;

-- Closes a batch: one link for each month that it has records of. Whoever adds to a chain waits until
-- whoever added before has committed, so that it has no branches.
CREATE FUNCTION usage_chain_add(of_journal uuid, of_lane integer, of_epoch bigint, of_batch bigint,
  sealed jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  tail usage_chain;
  part record;
  link usage_batch;
BEGIN
  SELECT * INTO tail FROM usage_chain c WHERE c.journal = of_journal AND c.lane = of_lane FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO usage_chain (journal, lane, head)
    VALUES (of_journal, of_lane, usage_chain_origin(of_journal, of_lane)) ON CONFLICT DO NOTHING;
    SELECT * INTO tail FROM usage_chain c WHERE c.journal = of_journal AND c.lane = of_lane FOR UPDATE;
  END IF;
  FOR part IN
    SELECT * FROM jsonb_to_recordset(sealed)
      AS p (month integer, records bigint, first_id text, last_id text, content text)
    ORDER BY p.month
  LOOP
    tail.length := tail.length + 1;
    link := ROW(tail.id, tail.length, of_batch, part.month, of_epoch, clock_timestamp(), part.records,
      part.first_id, part.last_id, decode(part.content, 'hex'), tail.head, NULL);
    link.hash := usage_batch_hash(link);
    INSERT INTO usage_batch VALUES (link.*);
    tail.head := link.hash;
  END LOOP;
  UPDATE usage_chain c SET length = tail.length, head = tail.head WHERE c.id = tail.id;
END $$;

-- Takes records in, as before, and closes them into the next batch of a chain.
--
-- of_journal  the journal that they waited in; the nil UUID for none
-- of_lane     0 for what a journal's drainer brings, one after the other; any other for what came past it
CREATE FUNCTION usage_drain(entries jsonb, of_journal uuid, of_lane integer, of_epoch bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  added integer;
  taken jsonb;
  part record;
  freed numeric;
  fresh_batch bigint := nextval('usage_batch_id');
  sealed jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305111, 10);
  WITH fresh AS (
    INSERT INTO usage_record
    SELECT r.* FROM jsonb_array_elements(entries) AS e (entry),
      jsonb_populate_record(NULL::usage_record,
        '{"kind": "usage", "waived": false, "overrun": "0",
          "image_prompt_tokens": 0, "audio_cache_read_tokens": 0}'
        || jsonb_build_object('charge_factor', 1 + (e.entry ->> 'markup_percent')::numeric / 100)
        || e.entry
        || jsonb_build_object('created_at', usage_moment(e.entry ->> 'id'), 'batch', fresh_batch)) AS r
    WHERE r.created_at >= (SELECT dropped_until FROM usage_retention)
    ON CONFLICT DO NOTHING
    RETURNING *
  ), rolled AS (
    INSERT INTO usage_rollup AS u
    SELECT account_id, (created_at AT TIME ZONE 'UTC')::date, key_hash, model, endpoint_id,
           provider_slug, provider_name, byok,
           count(*) FILTER (WHERE kind = 'usage'),
           sum(fresh_prompt_tokens + image_prompt_tokens + audio_prompt_tokens + cache_read_tokens
               + audio_cache_read_tokens + cache_write_tokens + cache_write_1h_tokens),
           sum(visible_tokens + reasoning_tokens + audio_completion_tokens + image_completion_tokens),
           sum(reasoning_tokens), sum(cache_read_tokens + audio_cache_read_tokens),
           sum(upstream_prompt_cost + upstream_completion_cost + upstream_other_cost),
           sum(attempts_cost), sum(charged), sum(overrun)
    FROM fresh GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (account_id, day, key_hash, model, endpoint_id, provider_slug, provider_name, byok)
    DO UPDATE SET requests = u.requests + excluded.requests,
      prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = u.completion_tokens + excluded.completion_tokens,
      reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens,
      cached_tokens = u.cached_tokens + excluded.cached_tokens,
      upstream_cost = u.upstream_cost + excluded.upstream_cost,
      attempts_cost = u.attempts_cost + excluded.attempts_cost,
      charged = u.charged + excluded.charged,
      overrun = u.overrun + excluded.overrun
  ), by_day AS (
    INSERT INTO usage_key_day AS u
    SELECT key_hash, (created_at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE kind = 'usage'),
           sum(charged),
           coalesce(sum(upstream_prompt_cost + upstream_completion_cost + upstream_other_cost)
             FILTER (WHERE byok), 0)
    FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (key_hash, day) DO UPDATE SET requests = u.requests + excluded.requests,
      charged = u.charged + excluded.charged,
      byok_upstream = u.byok_upstream + excluded.byok_upstream
  )
  SELECT count(*), jsonb_agg(jsonb_build_object(
      'account_id', account_id, 'key_hash', key_hash, 'created_at', created_at, 'charged', charged,
      'own', CASE WHEN byok THEN upstream_prompt_cost + upstream_completion_cost + upstream_other_cost
             ELSE 0 END,
      'holder', holder, 'key_pot', key_pot)) FILTER (WHERE charged <> 0 OR byok),
    (SELECT jsonb_agg(s) FROM (
       SELECT usage_month(f.created_at) AS month, count(*) AS records,
              min(f.id COLLATE "C") AS first_id, max(f.id COLLATE "C") AS last_id,
              encode(sha256(string_agg(usage_seal(f), '' ORDER BY f.id COLLATE "C")), 'hex') AS content
       FROM fresh f GROUP BY 1) s)
  INTO added, taken, sealed FROM fresh;

  FOR part IN
    SELECT p.id, f.holder, sum(f.charged + CASE WHEN p.byok THEN f.own ELSE 0 END) AS usd
    FROM jsonb_to_recordset(coalesce(taken, '[]')) AS f (account_id uuid, key_hash text,
      created_at timestamptz, charged numeric, own numeric, holder bigint, key_pot bigint)
    JOIN credit_pot p ON p.account_id = f.account_id
      AND (p.key_hash IS NULL
        OR p.id = f.key_pot
        OR p.key_hash = f.key_hash AND f.created_at >= p.window_start AND f.created_at < p.window_end
          AND NOT EXISTS (SELECT 1 FROM credit_pot k
                          WHERE k.id = f.key_pot AND k.reset = p.reset AND k.byok = p.byok))
    GROUP BY p.id, f.holder
    HAVING sum(f.charged + CASE WHEN p.byok THEN f.own ELSE 0 END) <> 0
    ORDER BY p.id, f.holder
  LOOP
    PERFORM 1 FROM credit_pot p WHERE p.id = part.id FOR UPDATE;
    freed := 0;
    IF part.holder IS NOT NULL AND part.usd > 0 THEN
      UPDATE credit_lease l
      SET settled = l.settled + least(part.usd, l.drawn - l.returned - l.settled)
      WHERE l.holder_id = part.holder AND l.pot_id = part.id
      RETURNING new.settled - old.settled INTO freed;
      freed := coalesce(freed, 0);
    END IF;
    UPDATE credit_pot p
    SET settled = p.settled + part.usd,
        leased = p.leased - freed,
        excess = CASE WHEN p.lim IS NULL THEN 0
                   ELSE greatest(0, p.settled + part.usd + p.leased - freed - p.lim) END
    WHERE p.id = part.id;
  END LOOP;

  -- Last of all locks, so that nobody who waits for another has it; a replay that added nothing adds
  -- nothing here either.
  IF added > 0 THEN
    PERFORM usage_chain_add(of_journal, of_lane, of_epoch, fresh_batch, sealed);
  END IF;
  RETURN added;
END $$;

-- For replicas of the version before, and whoever brings records by hand.
CREATE OR REPLACE FUNCTION usage_drain(entries jsonb) RETURNS integer LANGUAGE sql AS $$
  SELECT usage_drain(entries, '00000000-0000-0000-0000-000000000000', 0, 0)
$$;

-- What is there already: one link for each month, in a chain of its own.
SELECT usage_chain_add('00000000-0000-0000-0000-000000000000', -1, 0, 0, jsonb_agg(s))
FROM (
  SELECT usage_month(r.created_at) AS month, count(*) AS records,
         min(r.id COLLATE "C") AS first_id, max(r.id COLLATE "C") AS last_id,
         encode(sha256(string_agg(usage_seal(r), '' ORDER BY r.id COLLATE "C")), 'hex') AS content
  FROM usage_record r GROUP BY 1) s
HAVING count(*) > 0;

-- The log of changes ends where it says, so that its last rows cannot go unnoticed either.
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id        bigint NOT NULL,
  hash      bytea NOT NULL
);
INSERT INTO audit_head (id, hash)
SELECT coalesce(max(id), 0), coalesce((SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1), '\x')
FROM audit_log;

CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head audit_head;
BEGIN
  -- One writer at a time, until its transaction ends: the chain has no branches.
  PERFORM pg_advisory_xact_lock(7305111, 1);
  SELECT * INTO head FROM audit_head;
  NEW.id := head.id + 1;
  NEW.previous_hash := head.hash;
  NEW.hash := audit_hash(NEW);
  UPDATE audit_head SET id = NEW.id, hash = NEW.hash;
  RETURN NEW;
END $$;

-- The first row that is not what it was when it was written, or is not there; none if all are.
CREATE OR REPLACE FUNCTION audit_first_broken() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT min(wrong.id) FROM (
    SELECT (entry.a).id
    FROM (SELECT a, lag(a.hash, 1, '\x'::bytea) OVER (ORDER BY a.id) AS expected,
                 row_number() OVER (ORDER BY a.id) AS position
          FROM audit_log a) entry
    WHERE (entry.a).previous_hash <> entry.expected
       OR (entry.a).hash <> audit_hash(entry.a)
       OR (entry.a).id <> entry.position
    UNION ALL
    SELECT h.id FROM audit_head h
    WHERE h.id > 0 AND NOT EXISTS (SELECT 1 FROM audit_log a WHERE a.id = h.id AND a.hash = h.hash)
       OR h.id < (SELECT max(a.id) FROM audit_log a)) wrong
$$;

-- Whether the chains hold. Of a month that was dropped, the links are checked and the records are not.
CREATE FUNCTION ledger_check_chains()
RETURNS TABLE (rule text, examined bigint, wrong bigint, example text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  WITH there AS (
    SELECT r.batch, usage_month(r.created_at) AS month, count(*) AS records,
           min(r.id COLLATE "C") AS first_id,
           sha256(string_agg(usage_seal(r), '' ORDER BY r.id COLLATE "C")) AS content
    FROM usage_record r GROUP BY 1, 2
  ), compared AS (
    SELECT CASE
        WHEN b.content IS NULL THEN 'came past every batch: ' || t.first_id
        WHEN t.content IS NULL THEN
          CASE WHEN b.month >= k.since THEN 'all gone: ' || b.first_id || ' to ' || b.last_id END
        WHEN t.content <> b.content THEN CASE
          WHEN t.records < b.records THEN 'too few: ' WHEN t.records > b.records THEN 'too many: '
          ELSE 'changed: ' END || b.first_id || ' to ' || b.last_id
      END AS problem
    FROM there t FULL JOIN usage_batch b USING (batch, month),
      (SELECT CASE WHEN dropped_until = '-infinity' THEN 0 ELSE usage_month(dropped_until) END AS since
       FROM usage_retention) k
  )
  SELECT 'a batch''s records are as they were brought', count(*), count(c.problem), min(c.problem)
  FROM compared c;

  RETURN QUERY
  WITH links AS (
    SELECT c.journal || '/' || c.lane || ' ' || b.number AS name,
           b.number <> row_number() OVER w
           OR b.previous <> lag(b.hash, 1, usage_chain_origin(c.journal, c.lane)) OVER w
           OR b.hash <> usage_batch_hash(b) AS broken
    FROM usage_batch b JOIN usage_chain c ON c.id = b.chain
    WINDOW w AS (PARTITION BY b.chain ORDER BY b.number)
  )
  SELECT 'a batch follows the one before it', count(*), count(*) FILTER (WHERE broken),
         min(name) FILTER (WHERE broken)
  FROM links;

  RETURN QUERY
  SELECT 'a chain ends with its last batch', count(*), count(*) FILTER (WHERE b.hash IS DISTINCT FROM c.head
             OR EXISTS (SELECT 1 FROM usage_batch n WHERE n.chain = c.id AND n.number > c.length)),
         min(c.journal || '/' || c.lane) FILTER (WHERE b.hash IS DISTINCT FROM c.head
             OR EXISTS (SELECT 1 FROM usage_batch n WHERE n.chain = c.id AND n.number > c.length))
  FROM usage_chain c LEFT JOIN usage_batch b ON b.chain = c.id AND b.number = c.length;

  RETURN QUERY
  SELECT 'a change by an operator follows the one before it', count(*),
         (audit_first_broken() IS NOT NULL)::integer::bigint, audit_first_broken()::text
  FROM audit_log;
END $$;

ALTER FUNCTION ledger_check() RENAME TO ledger_check_sums;

-- Everything that must add up; of each, what does not.
CREATE FUNCTION ledger_check() RETURNS TABLE (rule text, examined bigint, wrong bigint, example text)
LANGUAGE sql STABLE AS $$
  SELECT * FROM ledger_check_sums() UNION ALL SELECT * FROM ledger_check_chains()
$$;
