-- The ledger, partitioned by time; what it adds up to; and the credit that replicas hold of it.
-- docs/billing.md explains it.

-- An id says when it was minted: gen-<unix seconds>-<random>. Its row's created_at is that second
-- and nothing else, so that one id has one possible row, in one possible partition.
CREATE FUNCTION usage_moment(id text) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT to_timestamp(split_part(id, '-', 2)::bigint)
$$;

DROP TRIGGER usage_record_is_append_only ON usage_record;
DROP FUNCTION refuse_change();
ALTER TABLE usage_record RENAME TO usage_record_before;
ALTER TABLE usage_record_before RENAME CONSTRAINT usage_record_pkey TO usage_record_before_pkey;
DROP INDEX usage_record_key;
DROP INDEX usage_record_account;

CREATE TABLE usage_record (
  id                        text NOT NULL,
  created_at                timestamptz NOT NULL,
  kind                      text NOT NULL CHECK (kind IN ('usage', 'correction')),
  corrects                  text CHECK ((corrects IS NULL) = (kind = 'usage')),
  account_id                uuid NOT NULL,
  key_hash                  text NOT NULL,
  surface                   text NOT NULL,
  model                     text NOT NULL,
  requested_model           text NOT NULL,
  router                    text,
  provider_slug             text NOT NULL,
  provider_name             text NOT NULL,
  endpoint_id               text NOT NULL,
  upstream_id               text,
  service_tier              text,
  fresh_prompt_tokens       bigint NOT NULL CHECK (fresh_prompt_tokens >= 0),
  audio_prompt_tokens       bigint NOT NULL CHECK (audio_prompt_tokens >= 0),
  cache_read_tokens         bigint NOT NULL CHECK (cache_read_tokens >= 0),
  cache_write_tokens        bigint NOT NULL CHECK (cache_write_tokens >= 0),
  cache_write_1h_tokens     bigint NOT NULL CHECK (cache_write_1h_tokens >= 0),
  visible_tokens            bigint NOT NULL CHECK (visible_tokens >= 0),
  reasoning_tokens          bigint NOT NULL CHECK (reasoning_tokens >= 0),
  audio_completion_tokens   bigint NOT NULL CHECK (audio_completion_tokens >= 0),
  image_completion_tokens   bigint NOT NULL CHECK (image_completion_tokens >= 0),
  images                    bigint NOT NULL CHECK (images >= 0),
  web_searches              bigint NOT NULL CHECK (web_searches >= 0),
  estimated                 boolean NOT NULL,
  -- The prices in force, overrides resolved: USD per unit, and the discount.
  pricing                   jsonb NOT NULL,
  markup_percent            numeric(38, 18) NOT NULL,
  -- charged + overrun = upstream cost * factor, or nothing if waived.
  charge_factor             numeric(38, 18) NOT NULL,
  waived                    boolean NOT NULL,
  upstream_prompt_cost      numeric(38, 18) NOT NULL,
  upstream_completion_cost  numeric(38, 18) NOT NULL,
  upstream_other_cost       numeric(38, 18) NOT NULL,
  attempts_cost             numeric(38, 18) NOT NULL,
  charged                   numeric(38, 18) NOT NULL CHECK (charged >= 0 OR kind = 'correction'),
  -- What a limit kept from being charged: the operator's.
  overrun                   numeric(38, 18) NOT NULL CHECK (overrun >= 0),
  byok                      boolean NOT NULL,
  streamed                  boolean NOT NULL,
  cancelled                 boolean NOT NULL,
  finish_reason             text,
  native_finish_reason      text,
  latency_ms                bigint,
  generation_ms             bigint,
  session_id                text,
  external_user             text,
  user_agent                text,
  http_referer              text,
  app_title                 text,
  attempts                  jsonb NOT NULL,
  -- The credit it was taken from.
  holder                    bigint,
  key_pot                   bigint,
  PRIMARY KEY (id, created_at),
  CONSTRAINT usage_record_moment CHECK (created_at = usage_moment(id))
) PARTITION BY RANGE (created_at);

CREATE INDEX usage_record_key ON usage_record (key_hash, created_at);
CREATE INDEX usage_record_account ON usage_record (account_id, created_at);

CREATE FUNCTION usage_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'usage_record is append-only';
END $$;

CREATE TRIGGER usage_record_keep BEFORE UPDATE OR DELETE ON usage_record
  FOR EACH ROW EXECUTE FUNCTION usage_is_append_only();
CREATE TRIGGER usage_record_keep_all BEFORE TRUNCATE ON usage_record
  FOR EACH STATEMENT EXECUTE FUNCTION usage_is_append_only();

-- Makes the partition of a month, unless it is there.
CREATE FUNCTION usage_partition(month timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz := date_trunc('month', month, 'UTC');
  after timestamptz := date_add(date_trunc('month', month, 'UTC'), '1 month', 'UTC');
  name text := 'usage_record_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  IF to_regclass(name) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format(
    'CREATE TABLE %I PARTITION OF usage_record FOR VALUES FROM (%L) TO (%L)', name, first, after);
  EXECUTE format(
    'CREATE TRIGGER keep_all BEFORE TRUNCATE ON %I
       FOR EACH STATEMENT EXECUTE FUNCTION usage_is_append_only()', name);
END $$;

-- What no month has a place for: a clock far off must not keep a record out of the ledger.
CREATE TABLE usage_record_elsewhen PARTITION OF usage_record DEFAULT;
CREATE TRIGGER keep_all BEFORE TRUNCATE ON usage_record_elsewhen
  FOR EACH STATEMENT EXECUTE FUNCTION usage_is_append_only();

SELECT usage_partition(month) FROM generate_series(
  date_trunc('month', coalesce(
    (SELECT min(usage_moment(id)) FROM usage_record_before), now()), 'UTC'),
  date_trunc('month', now(), 'UTC') + interval '95 days', interval '1 month') AS month;

-- How far back records were dropped; nothing older is taken in again.
CREATE TABLE usage_retention (
  singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  dropped_until timestamptz NOT NULL
);
INSERT INTO usage_retention (dropped_until) VALUES ('-infinity');

-- One replica at a time: months ahead get their partition, those past their time lose it.
CREATE FUNCTION usage_upkeep(ahead integer, keep interval) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  dropped text[] := '{}';
  partition record;
BEGIN
  PERFORM pg_advisory_xact_lock(7305111, 11);
  PERFORM usage_partition(date_add(date_trunc('month', now(), 'UTC'), make_interval(months => n), 'UTC'))
  FROM generate_series(0, ahead) AS n;
  IF keep IS NOT NULL THEN
    FOR partition IN
      SELECT c.relname AS name,
             to_timestamp(c.relname || ' +00', '"usage_record_"YYYY_MM TZH') AS first
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'usage_record'::regclass AND c.relname ~ '^usage_record_\d{4}_\d\d$'
      ORDER BY 1
    LOOP
      CONTINUE WHEN date_add(partition.first, '1 month', 'UTC') > now() - keep;
      EXECUTE format('DROP TABLE %I', partition.name);
      UPDATE usage_retention
      SET dropped_until = greatest(dropped_until, date_add(partition.first, '1 month', 'UTC'));
      dropped := dropped || partition.name;
    END LOOP;
  END IF;
  RETURN dropped;
END $$;

-- What records add up to, per UTC day. Kept by usage_drain, in the records' own transaction.
CREATE TABLE usage_rollup (
  account_id           uuid NOT NULL,
  day                  date NOT NULL,
  key_hash             text NOT NULL,
  model                text NOT NULL,
  endpoint_id          text NOT NULL,
  provider_slug        text NOT NULL,
  provider_name        text NOT NULL,
  byok                 boolean NOT NULL,
  requests             bigint NOT NULL,
  prompt_tokens        bigint NOT NULL,
  completion_tokens    bigint NOT NULL,
  reasoning_tokens     bigint NOT NULL,
  cached_tokens        bigint NOT NULL,
  upstream_cost        numeric(38, 18) NOT NULL,
  attempts_cost        numeric(38, 18) NOT NULL,
  charged              numeric(38, 18) NOT NULL,
  overrun              numeric(38, 18) NOT NULL,
  PRIMARY KEY (account_id, day, key_hash, model, endpoint_id, provider_slug, provider_name, byok)
);
CREATE INDEX usage_rollup_key ON usage_rollup (key_hash, day);
CREATE INDEX usage_rollup_day ON usage_rollup (day);

CREATE TABLE usage_key_day (
  key_hash      text NOT NULL,
  day           date NOT NULL,
  requests      bigint NOT NULL,
  charged       numeric(38, 18) NOT NULL,
  byok_upstream numeric(38, 18) NOT NULL,
  PRIMARY KEY (key_hash, day)
);

-- What may be spent of a key's limit within one window, or of an account's balance. A window has a
-- row of its own: nothing is ever reset.
CREATE TABLE credit_pot (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id   uuid NOT NULL,
  key_hash     text,
  reset        text NOT NULL CHECK (reset IN ('none', 'daily', 'weekly', 'monthly')),
  window_start timestamptz NOT NULL,
  window_end   timestamptz NOT NULL,
  lim          numeric(38, 18),
  -- Spent in the window before there was a pot.
  opening      numeric(38, 18) NOT NULL,
  settled      numeric(38, 18) NOT NULL,
  leased       numeric(38, 18) NOT NULL DEFAULT 0 CHECK (leased >= 0),
  -- What stands beyond a limit that was lowered, or came without a lease.
  excess       numeric(38, 18) NOT NULL DEFAULT 0 CHECK (excess >= 0),
  UNIQUE NULLS NOT DISTINCT (account_id, key_hash, reset, window_start),
  CONSTRAINT credit_pot_never_overdrawn CHECK (lim IS NULL OR settled + leased <= lim + excess)
);
CREATE INDEX credit_pot_key ON credit_pot (key_hash, window_end) WHERE key_hash IS NOT NULL;

-- One run of one replica: its journal, and how often that was opened.
CREATE TABLE credit_holder (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  journal   uuid NOT NULL,
  epoch     bigint NOT NULL,
  seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at timestamptz,
  UNIQUE (journal, epoch)
);

-- What a holder has of a pot: drawn - returned - settled. All three only ever rise, so that saying
-- something twice changes nothing.
CREATE TABLE credit_lease (
  holder_id bigint NOT NULL REFERENCES credit_holder (id),
  pot_id    bigint NOT NULL REFERENCES credit_pot (id),
  drawn     numeric(38, 18) NOT NULL,
  returned  numeric(38, 18) NOT NULL DEFAULT 0,
  settled   numeric(38, 18) NOT NULL DEFAULT 0,
  PRIMARY KEY (holder_id, pot_id),
  CONSTRAINT credit_lease_never_overdrawn CHECK (drawn - returned - settled >= 0)
);
CREATE INDEX credit_lease_pot ON credit_lease (pot_id);

-- How long a holder may be silent before its leases are in suspense.
CREATE FUNCTION credit_patience() RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT interval '30 seconds'
$$;

-- Leases of replicas that are not heard of. They stay leased until their journal is drained.
CREATE VIEW credit_suspense AS
  SELECT h.journal, h.epoch, h.seen_at, l.pot_id, p.account_id, p.key_hash,
         l.drawn - l.returned - l.settled AS usd
  FROM credit_lease l
  JOIN credit_holder h ON h.id = l.holder_id
  JOIN credit_pot p ON p.id = l.pot_id
  WHERE h.closed_at IS NULL AND h.seen_at < clock_timestamp() - credit_patience()
    AND l.drawn - l.returned - l.settled > 0;

-- Enters a replica's run. A journal that was open more often than this one says is a copy of it.
CREATE FUNCTION credit_enter(of_journal uuid, of_epoch bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  entered bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7305111, 12);
  SELECT id INTO entered FROM credit_holder
  WHERE journal = of_journal AND epoch = of_epoch AND closed_at IS NULL;
  IF EXISTS (SELECT 1 FROM credit_holder
             WHERE journal = of_journal
               AND (epoch > of_epoch OR epoch = of_epoch AND entered IS NULL)) THEN
    RAISE EXCEPTION 'journal % was opened later than its epoch %', of_journal, of_epoch
      USING ERRCODE = 'SB001';
  END IF;
  IF entered IS NULL THEN
    INSERT INTO credit_holder (journal, epoch) VALUES (of_journal, of_epoch) RETURNING id INTO entered;
  END IF;
  RETURN entered;
END $$;

-- Finds a key's pot of now, or an account's; makes it if need be.
CREATE FUNCTION credit_pot_of(of_account uuid, of_key text, of_reset text, make boolean)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz := '-infinity';
  after timestamptz := 'infinity';
  unit text := CASE of_reset WHEN 'daily' THEN 'day' WHEN 'weekly' THEN 'week' WHEN 'monthly' THEN 'month' END;
  spent numeric;
  found bigint;
BEGIN
  IF unit IS NOT NULL THEN
    first := date_trunc(unit, clock_timestamp(), 'UTC');
    after := date_add(first, ('1 ' || unit)::interval, 'UTC');
  END IF;
  SELECT id INTO found FROM credit_pot
  WHERE account_id = of_account AND key_hash IS NOT DISTINCT FROM of_key
    AND reset = of_reset AND window_start = first;
  IF found IS NOT NULL OR NOT make THEN
    RETURN found;
  END IF;
  IF of_key IS NULL THEN
    SELECT coalesce(sum(charged), 0) INTO spent FROM usage_rollup WHERE account_id = of_account;
  ELSE
    SELECT coalesce(sum(charged), 0) INTO spent FROM usage_key_day
    WHERE key_hash = of_key AND (unit IS NULL OR day >= (first AT TIME ZONE 'UTC')::date
                                            AND day < (after AT TIME ZONE 'UTC')::date);
  END IF;
  INSERT INTO credit_pot (account_id, key_hash, reset, window_start, window_end, opening, settled)
  VALUES (of_account, of_key, of_reset, first, after, spent, spent)
  RETURNING id INTO found;
  RETURN found;
END $$;

-- What a replica says to the bank, and what it hears: it is alive, it gives back, it asks for more.
--
-- gifts   [{"pot": 1, "returned": "0.5"}]: all ever returned
-- wishes  [{"at": 0, "account": "…", "key": "…", "need": "0.01", "want": "0.02"}]; without a key, of
--         the account's balance; less than the need helps nobody, and more than is wanted is a share
CREATE FUNCTION credit_sync(of_holder bigint, gifts jsonb, wishes jsonb)
RETURNS TABLE (at integer, pot bigint, drawn numeric, unlimited boolean, left_ms bigint,
               remaining numeric, elsewhere numeric, asleep numeric)
LANGUAGE plpgsql AS $$
DECLARE
  replicas bigint;
  gift record;
  wish record;
  change numeric;
  asked jsonb := '[]';
  state record;
BEGIN
  UPDATE credit_holder SET seen_at = clock_timestamp() WHERE id = of_holder AND closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'holder % is closed', of_holder USING ERRCODE = 'SB002';
  END IF;
  SELECT count(*) INTO replicas FROM credit_holder
  WHERE closed_at IS NULL AND seen_at > clock_timestamp() - credit_patience();

  FOR wish IN
    SELECT w.at, w.account, w.key, w.need, w.want, lower(coalesce(k.limit_reset, 'none')) AS reset,
           CASE WHEN w.key IS NULL
             THEN CASE WHEN a.unlimited THEN NULL
                  ELSE (SELECT coalesce(sum(g.usd), 0) FROM credit_grant g WHERE g.account_id = w.account) END
             ELSE k.spend_limit END AS most
    FROM jsonb_to_recordset(wishes) AS w (at integer, account uuid, key text, need numeric, want numeric)
    LEFT JOIN accounts a ON a.id = w.account
    LEFT JOIN api_keys k ON k.hash = w.key
  LOOP
    IF wish.most IS NULL AND wish.key IS NOT NULL THEN
      at := wish.at; pot := NULL; drawn := 0; unlimited := true; left_ms := NULL;
      remaining := 0; elsewhere := 0; asleep := 0;
      RETURN NEXT;
    ELSE
      pot := credit_pot_of(wish.account, wish.key, wish.reset, false);
      IF pot IS NULL THEN
        -- No record may be drained between the sum of what was spent and the pot that holds it.
        PERFORM pg_advisory_xact_lock(7305111, 10);
        pot := credit_pot_of(wish.account, wish.key, wish.reset, true);
      END IF;
      asked := asked || jsonb_build_object(
        'at', wish.at, 'pot', pot, 'most', wish.most, 'need', wish.need, 'want', wish.want);
    END IF;
  END LOOP;

  -- From here on pots are locked, in the order of their ids like everywhere.
  FOR gift IN
    SELECT g.pot, max(g.returned) AS returned
    FROM jsonb_to_recordset(gifts) AS g (pot bigint, returned numeric) GROUP BY g.pot ORDER BY g.pot
  LOOP
    PERFORM 1 FROM credit_pot p WHERE p.id = gift.pot FOR UPDATE;
    UPDATE credit_lease l SET returned = greatest(l.returned, gift.returned)
    WHERE l.holder_id = of_holder AND l.pot_id = gift.pot
    RETURNING new.returned - old.returned INTO change;
    UPDATE credit_pot p SET leased = p.leased - coalesce(change, 0) WHERE p.id = gift.pot;
  END LOOP;

  FOR wish IN
    SELECT w.* FROM jsonb_to_recordset(asked) AS w (at integer, pot bigint, most numeric, need numeric, want numeric)
    ORDER BY w.pot
  LOOP
    IF wish.most IS NULL THEN
      UPDATE credit_pot p SET lim = NULL, excess = 0 WHERE p.id = wish.pot AND p.lim IS NOT NULL;
      at := wish.at; pot := wish.pot; drawn := 0; unlimited := true; left_ms := NULL;
      remaining := 0; elsewhere := 0; asleep := 0;
      RETURN NEXT;
      CONTINUE;
    END IF;
    -- Never more than remains: enough for the need, or a share that shrinks as the remainder does.
    UPDATE credit_pot p
    SET lim = wish.most,
        excess = greatest(0, p.settled + p.leased - wish.most),
        leased = p.leased + CASE
          WHEN wish.most - p.settled - p.leased < greatest(wish.need, 0) THEN 0
          ELSE greatest(
            wish.need,
            least(wish.want, trunc((wish.most - p.settled - p.leased) / replicas, 12)),
            trunc((wish.most - p.settled - p.leased) / (4 * replicas), 12)) END
    WHERE p.id = wish.pot
    RETURNING new.leased - old.leased AS granted, new.leased, new.lim - new.settled - new.leased AS remaining,
              new.window_end, new.reset INTO state;
    INSERT INTO credit_lease AS l (holder_id, pot_id, drawn)
    VALUES (of_holder, wish.pot, state.granted)
    ON CONFLICT (holder_id, pot_id) DO UPDATE SET drawn = l.drawn + excluded.drawn
    RETURNING l.drawn, l.drawn - l.returned - l.settled INTO drawn, change;
    at := wish.at;
    pot := wish.pot;
    unlimited := false;
    left_ms := CASE WHEN state.reset = 'none' THEN NULL
                 ELSE floor(extract(epoch FROM state.window_end - clock_timestamp()) * 1000) END;
    remaining := state.remaining;
    elsewhere := state.leased - change;
    -- A replica that lives says so twice a second.
    SELECT coalesce(sum(l.drawn - l.returned - l.settled), 0) INTO asleep
    FROM credit_lease l JOIN credit_holder h ON h.id = l.holder_id
    WHERE l.pot_id = wish.pot AND h.closed_at IS NULL
      AND h.seen_at < clock_timestamp() - interval '1.5 seconds';
    IF state.granted < wish.need AND elsewhere > 0 THEN
      PERFORM pg_notify('signalbox_credit', wish.pot::text);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- Ends earlier runs of a journal: nothing of them waits in it any more, so that what they had left
-- is free again. With a later epoch than its own, a replica ends itself.
CREATE FUNCTION credit_close(of_journal uuid, before_epoch bigint) RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
  lease record;
  freed numeric := 0;
BEGIN
  FOR lease IN
    SELECT l.holder_id, l.pot_id, l.drawn - l.returned - l.settled AS usd
    FROM credit_lease l JOIN credit_holder h ON h.id = l.holder_id
    WHERE h.journal = of_journal AND h.epoch < before_epoch AND h.closed_at IS NULL
    ORDER BY l.pot_id
  LOOP
    PERFORM 1 FROM credit_pot p WHERE p.id = lease.pot_id FOR UPDATE;
    UPDATE credit_lease l SET returned = l.drawn - l.settled
    WHERE l.holder_id = lease.holder_id AND l.pot_id = lease.pot_id
    RETURNING new.returned - old.returned INTO lease.usd;
    UPDATE credit_pot p SET leased = p.leased - lease.usd WHERE p.id = lease.pot_id;
    freed := freed + lease.usd;
  END LOOP;
  UPDATE credit_holder SET closed_at = clock_timestamp()
  WHERE journal = of_journal AND epoch < before_epoch AND closed_at IS NULL;
  RETURN freed;
END $$;

-- Gives up on a replica whose disk is lost: what it held is free again, and what it may have spent
-- of it unrecorded is the operator's loss. Only once it cannot be serving from its leases any more.
CREATE FUNCTION credit_write_off(of_journal uuid, silent_for interval DEFAULT '15 minutes')
RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM credit_holder
             WHERE journal = of_journal AND closed_at IS NULL
               AND seen_at > clock_timestamp() - silent_for) THEN
    RAISE EXCEPTION 'journal % was heard of within the last %', of_journal, silent_for;
  END IF;
  RETURN credit_close(of_journal, 9223372036854775807);
END $$;

-- Takes records in: each once, however often it is sent; with them their sums, and what they take
-- from the credit. Returns how many were new.
CREATE FUNCTION usage_drain(entries jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  added integer;
  taken jsonb;
  part record;
  freed numeric;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305111, 10);
  WITH fresh AS (
    INSERT INTO usage_record
    SELECT r.* FROM jsonb_array_elements(entries) AS e (entry),
      jsonb_populate_record(NULL::usage_record,
        '{"kind": "usage", "waived": false, "overrun": "0"}'
        || jsonb_build_object('charge_factor', 1 + (e.entry ->> 'markup_percent')::numeric / 100)
        || e.entry
        || jsonb_build_object('created_at', usage_moment(e.entry ->> 'id'))) AS r
    WHERE r.created_at >= (SELECT dropped_until FROM usage_retention)
    ON CONFLICT DO NOTHING
    RETURNING *
  ), rolled AS (
    INSERT INTO usage_rollup AS u
    SELECT account_id, (created_at AT TIME ZONE 'UTC')::date, key_hash, model, endpoint_id,
           provider_slug, provider_name, byok,
           count(*) FILTER (WHERE kind = 'usage'),
           sum(fresh_prompt_tokens + audio_prompt_tokens + cache_read_tokens + cache_write_tokens
               + cache_write_1h_tokens),
           sum(visible_tokens + reasoning_tokens + audio_completion_tokens + image_completion_tokens),
           sum(reasoning_tokens), sum(cache_read_tokens),
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
      'holder', holder, 'key_pot', key_pot)) FILTER (WHERE charged <> 0)
  INTO added, taken FROM fresh;

  FOR part IN
    SELECT p.id, f.holder, sum(f.charged) AS usd
    FROM jsonb_to_recordset(coalesce(taken, '[]')) AS f (account_id uuid, key_hash text,
      created_at timestamptz, charged numeric, holder bigint, key_pot bigint)
    JOIN credit_pot p ON p.account_id = f.account_id
      AND (p.key_hash IS NULL
        OR p.id = f.key_pot
        OR p.key_hash = f.key_hash AND f.created_at >= p.window_start AND f.created_at < p.window_end
          AND p.reset IS DISTINCT FROM (SELECT k.reset FROM credit_pot k WHERE k.id = f.key_pot))
    GROUP BY p.id, f.holder ORDER BY p.id, f.holder
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
  RETURN added;
END $$;

-- Records that the ledger would not take, as they came; for the operator to look at.
CREATE TABLE usage_quarantine (
  id      text PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  problem text NOT NULL,
  entry   bytea NOT NULL
);

-- Takes back a part of what was charged, or, with a negative amount, charges more.
CREATE FUNCTION usage_correct(of_id text, usd numeric, reason text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  original usage_record;
  correction text := 'cor-' || floor(extract(epoch FROM clock_timestamp()))::bigint || '-'
    || replace(gen_random_uuid()::text, '-', '');
BEGIN
  SELECT * INTO original FROM usage_record
  WHERE id = of_id AND created_at = usage_moment(of_id) AND kind = 'usage';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no record %', of_id;
  END IF;
  PERFORM usage_drain(jsonb_build_array(to_jsonb(original) || jsonb_build_object(
    'id', correction, 'kind', 'correction', 'corrects', of_id,
    'fresh_prompt_tokens', 0, 'audio_prompt_tokens', 0, 'cache_read_tokens', 0,
    'cache_write_tokens', 0, 'cache_write_1h_tokens', 0, 'visible_tokens', 0, 'reasoning_tokens', 0,
    'audio_completion_tokens', 0, 'image_completion_tokens', 0, 'images', 0, 'web_searches', 0,
    'upstream_prompt_cost', 0, 'upstream_completion_cost', 0, 'upstream_other_cost', 0,
    'attempts_cost', 0, 'charged', -usd, 'overrun', 0, 'finish_reason', reason,
    'attempts', '[]'::jsonb, 'holder', NULL, 'key_pot', NULL)));
  RETURN correction;
END $$;

-- A row's costs, computed anew from its own columns.
CREATE FUNCTION usage_recomputed(r usage_record,
  OUT prompt numeric, OUT completion numeric, OUT other numeric, OUT due numeric)
LANGUAGE sql IMMUTABLE AS $$
  SELECT c.prompt, c.completion, c.other,
         CASE WHEN r.waived THEN 0 ELSE trunc((c.prompt + c.completion + c.other) * r.charge_factor, 18) END
  FROM (SELECT
    trunc(kept * (r.fresh_prompt_tokens * p.prompt
      + r.audio_prompt_tokens * coalesce((r.pricing ->> 'audio')::numeric, p.prompt)
      + r.cache_read_tokens * coalesce((r.pricing ->> 'input_cache_read')::numeric, p.prompt)
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
                 (r.pricing ->> 'prompt')::numeric AS prompt,
                 (r.pricing ->> 'completion')::numeric AS completion) p) c
$$;

-- Everything that must add up; of each, what does not.
CREATE FUNCTION ledger_check() RETURNS TABLE (rule text, examined bigint, wrong bigint, example text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT 'a record follows from its own columns', count(*),
         count(*) FILTER (WHERE NOT ok), min(id) FILTER (WHERE NOT ok)
  FROM (SELECT r.id, (c.prompt, c.completion, c.other, c.due) IS NOT DISTINCT FROM
      (r.upstream_prompt_cost, r.upstream_completion_cost, r.upstream_other_cost, r.charged + r.overrun) AS ok
    FROM usage_record r, usage_recomputed(r) c WHERE r.kind = 'usage') rows;

  RETURN QUERY
  SELECT 'an id has one record', count(*), count(*) FILTER (WHERE n > 1), min(id) FILTER (WHERE n > 1)
  FROM (SELECT r.id, count(*) AS n FROM usage_record r GROUP BY r.id) rows;

  RETURN QUERY
  WITH summed AS (
    SELECT r.account_id, (r.created_at AT TIME ZONE 'UTC')::date AS day, r.key_hash, r.model,
           r.endpoint_id, r.provider_slug, r.provider_name, r.byok,
           count(*) FILTER (WHERE r.kind = 'usage') AS requests,
           sum(fresh_prompt_tokens + audio_prompt_tokens + cache_read_tokens + cache_write_tokens
               + cache_write_1h_tokens)::bigint AS prompt_tokens,
           sum(visible_tokens + reasoning_tokens + audio_completion_tokens
               + image_completion_tokens)::bigint AS completion_tokens,
           sum(reasoning_tokens)::bigint AS reasoning_tokens,
           sum(cache_read_tokens)::bigint AS cached_tokens,
           sum(upstream_prompt_cost + upstream_completion_cost + upstream_other_cost) AS upstream_cost,
           sum(r.attempts_cost) AS attempts_cost, sum(r.charged) AS charged, sum(r.overrun) AS overrun
    FROM usage_record r GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
  )
  SELECT 'a day''s sums are its records''', count(*), count(*) FILTER (WHERE s IS DISTINCT FROM u),
         min(coalesce(s.day, u.day) || ' ' || coalesce(s.key_hash, u.key_hash))
           FILTER (WHERE s IS DISTINCT FROM u)
  FROM summed s FULL JOIN
    (SELECT w.* FROM usage_rollup w WHERE w.day >= (
       SELECT CASE WHEN t.dropped_until = '-infinity' THEN '-infinity'
                ELSE (t.dropped_until AT TIME ZONE 'UTC')::date END FROM usage_retention t)) u
  USING (account_id, day, key_hash, model, endpoint_id, provider_slug, provider_name, byok);

  RETURN QUERY
  SELECT 'a key''s day is the sum of its parts', count(*),
         count(*) FILTER (WHERE d.charged IS DISTINCT FROM s.charged OR d.requests IS DISTINCT FROM s.requests),
         min(key_hash) FILTER (WHERE d.charged IS DISTINCT FROM s.charged OR d.requests IS DISTINCT FROM s.requests)
  FROM usage_key_day d FULL JOIN
    (SELECT u.key_hash, u.day, sum(u.charged) AS charged, sum(u.requests)::bigint AS requests
     FROM usage_rollup u GROUP BY 1, 2) s USING (key_hash, day);

  RETURN QUERY
  SELECT 'an account''s balance is its records''', count(*),
         count(*) FILTER (WHERE p.settled <> coalesce(s.charged, 0)),
         min(p.account_id::text) FILTER (WHERE p.settled <> coalesce(s.charged, 0))
  FROM credit_pot p LEFT JOIN
    (SELECT u.account_id, sum(u.charged) AS charged FROM usage_rollup u GROUP BY 1) s
    ON s.account_id = p.account_id
  WHERE p.key_hash IS NULL;

  RETURN QUERY
  SELECT 'a key''s whole limit is its records''', count(*),
         count(*) FILTER (WHERE p.settled <> coalesce(s.charged, 0)),
         min(p.key_hash) FILTER (WHERE p.settled <> coalesce(s.charged, 0))
  FROM credit_pot p LEFT JOIN
    (SELECT d.key_hash, sum(d.charged) AS charged FROM usage_key_day d GROUP BY 1) s
    ON s.key_hash = p.key_hash
  WHERE p.key_hash IS NOT NULL AND p.reset = 'none';

  RETURN QUERY
  SELECT 'what is leased is what holders have', count(*),
         count(*) FILTER (WHERE p.leased <> coalesce(l.usd, 0)),
         min(p.id::text) FILTER (WHERE p.leased <> coalesce(l.usd, 0))
  FROM credit_pot p LEFT JOIN
    (SELECT c.pot_id, sum(c.drawn - c.returned - c.settled) AS usd FROM credit_lease c GROUP BY 1) l
    ON l.pot_id = p.id;
END $$;

-- What was there before.
DO $$
BEGIN
  PERFORM usage_drain(jsonb_agg(to_jsonb(r) || jsonb_build_object('waived', r.charged = 0)))
  FROM (SELECT *, row_number() OVER () / 1000 AS batch FROM usage_record_before) r GROUP BY r.batch;
END $$;
DROP TABLE usage_record_before;
