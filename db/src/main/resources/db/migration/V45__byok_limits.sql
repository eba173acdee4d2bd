-- Prices of image tokens and of cached audio; limits that count what a key spends on its account's own
-- credentials; windowed limits in ledger_check.

ALTER TABLE usage_record
  ADD COLUMN image_prompt_tokens bigint NOT NULL DEFAULT 0 CHECK (image_prompt_tokens >= 0),
  ADD COLUMN audio_cache_read_tokens bigint NOT NULL DEFAULT 0 CHECK (audio_cache_read_tokens >= 0);

-- A limit that counts such spending is another pot than one that does not: each counts its whole window.
ALTER TABLE credit_pot ADD COLUMN byok boolean NOT NULL DEFAULT false;
ALTER TABLE credit_pot
  DROP CONSTRAINT credit_pot_account_id_key_hash_reset_window_start_key,
  ADD UNIQUE NULLS NOT DISTINCT (account_id, key_hash, reset, byok, window_start);

-- What a provider charges for an answer, whoever pays it.
CREATE FUNCTION usage_upstream(r usage_record) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT r.upstream_prompt_cost + r.upstream_completion_cost + r.upstream_other_cost
$$;

DROP FUNCTION credit_pot_of(uuid, text, text, boolean);

-- Finds a key's pot of now, or an account's; makes it if need be.
CREATE FUNCTION credit_pot_of(of_account uuid, of_key text, of_reset text, of_byok boolean,
  make boolean)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz := '-infinity';
  after timestamptz := 'infinity';
  unit text := CASE of_reset WHEN 'daily' THEN 'day' WHEN 'weekly' THEN 'week' WHEN 'monthly' THEN 'month' END;
  spent numeric;
  found bigint;
  before bigint;
BEGIN
  IF unit IS NOT NULL THEN
    first := date_trunc(unit, clock_timestamp(), 'UTC');
    after := date_add(first, ('1 ' || unit)::interval, 'UTC');
  END IF;
  SELECT id INTO found FROM credit_pot
  WHERE account_id = of_account AND key_hash IS NOT DISTINCT FROM of_key
    AND reset = of_reset AND byok = of_byok AND window_start = first;
  IF found IS NOT NULL OR NOT make THEN
    RETURN found;
  END IF;
  IF of_key IS NULL THEN
    SELECT coalesce(sum(charged), 0) INTO spent FROM usage_rollup WHERE account_id = of_account;
  ELSE
    SELECT coalesce(sum(charged + CASE WHEN of_byok THEN byok_upstream ELSE 0 END), 0) INTO spent
    FROM usage_key_day
    WHERE key_hash = of_key AND (unit IS NULL OR day >= (first AT TIME ZONE 'UTC')::date
                                            AND day < (after AT TIME ZONE 'UTC')::date);
  END IF;
  -- What was minted in this window by a clock that runs ahead, and held in the last one, was spent there.
  IF unit IS NOT NULL THEN
    SELECT id INTO before FROM credit_pot
    WHERE account_id = of_account AND key_hash IS NOT DISTINCT FROM of_key
      AND reset = of_reset AND byok = of_byok AND window_end = first;
    IF before IS NOT NULL THEN
      SELECT spent - coalesce(sum(r.charged + CASE WHEN of_byok AND r.byok THEN usage_upstream(r) ELSE 0 END), 0)
      INTO spent
      FROM usage_record r
      WHERE r.key_hash = of_key AND r.created_at >= first AND r.created_at < after AND r.key_pot = before;
    END IF;
  END IF;
  INSERT INTO credit_pot (account_id, key_hash, reset, byok, window_start, window_end, opening, settled)
  VALUES (of_account, of_key, of_reset, of_byok, first, after, spent, spent)
  RETURNING id INTO found;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION credit_sync(of_holder bigint, gifts jsonb, wishes jsonb)
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
           coalesce(k.include_byok_in_limit, false) AS byok,
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
      pot := credit_pot_of(wish.account, wish.key, wish.reset, wish.byok, false);
      IF pot IS NULL THEN
        -- No record may be drained between the sum of what was spent and the pot that holds it.
        PERFORM pg_advisory_xact_lock(7305111, 10);
        pot := credit_pot_of(wish.account, wish.key, wish.reset, wish.byok, true);
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

CREATE OR REPLACE FUNCTION usage_drain(entries jsonb) RETURNS integer LANGUAGE plpgsql AS $$
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
        '{"kind": "usage", "waived": false, "overrun": "0",
          "image_prompt_tokens": 0, "audio_cache_read_tokens": 0}'
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
      'holder', holder, 'key_pot', key_pot)) FILTER (WHERE charged <> 0 OR byok)
  INTO added, taken FROM fresh;

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
  RETURN added;
END $$;

CREATE OR REPLACE FUNCTION usage_correct(of_id text, usd numeric, reason text) RETURNS text
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
    'fresh_prompt_tokens', 0, 'image_prompt_tokens', 0, 'audio_prompt_tokens', 0,
    'cache_read_tokens', 0, 'audio_cache_read_tokens', 0,
    'cache_write_tokens', 0, 'cache_write_1h_tokens', 0, 'visible_tokens', 0, 'reasoning_tokens', 0,
    'audio_completion_tokens', 0, 'image_completion_tokens', 0, 'images', 0, 'web_searches', 0,
    'upstream_prompt_cost', 0, 'upstream_completion_cost', 0, 'upstream_other_cost', 0,
    'attempts_cost', 0, 'charged', -usd, 'overrun', 0, 'finish_reason', reason,
    'attempts', '[]'::jsonb, 'holder', NULL, 'key_pot', NULL)));
  RETURN correction;
END $$;

CREATE OR REPLACE FUNCTION usage_recomputed(r usage_record,
  OUT prompt numeric, OUT completion numeric, OUT other numeric, OUT due numeric)
LANGUAGE sql IMMUTABLE AS $$
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
                 coalesce((r.pricing ->> 'completion')::numeric, 0) AS completion) p) c
$$;

CREATE OR REPLACE FUNCTION ledger_check() RETURNS TABLE (rule text, examined bigint, wrong bigint, example text)
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
           sum(fresh_prompt_tokens + image_prompt_tokens + audio_prompt_tokens + cache_read_tokens
               + audio_cache_read_tokens + cache_write_tokens + cache_write_1h_tokens)::bigint AS prompt_tokens,
           sum(visible_tokens + reasoning_tokens + audio_completion_tokens
               + image_completion_tokens)::bigint AS completion_tokens,
           sum(reasoning_tokens)::bigint AS reasoning_tokens,
           sum(cache_read_tokens + audio_cache_read_tokens)::bigint AS cached_tokens,
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
    (SELECT d.key_hash, false AS byok, sum(d.charged) AS charged FROM usage_key_day d GROUP BY 1
     UNION ALL
     SELECT d.key_hash, true, sum(d.charged + d.byok_upstream) FROM usage_key_day d GROUP BY 1) s
    ON s.key_hash = p.key_hash AND s.byok = p.byok
  WHERE p.key_hash IS NOT NULL AND p.reset = 'none';

  -- A record counts in the window that it was held in; without a hold, in the one it was minted in.
  RETURN QUERY
  WITH pots AS (
    SELECT p.* FROM credit_pot p, usage_retention t
    WHERE p.key_hash IS NOT NULL AND p.reset <> 'none' AND p.window_start >= t.dropped_until
  ), parts AS (
    SELECT r.key_pot AS id, r.charged, r.byok, usage_upstream(r) AS upstream
    FROM usage_record r WHERE r.key_pot IN (SELECT p.id FROM pots p)
    UNION ALL
    SELECT p.id, r.charged, r.byok, usage_upstream(r)
    FROM pots p JOIN usage_record r ON r.key_hash = p.key_hash
      AND r.created_at >= p.window_start AND r.created_at < p.window_end
    WHERE NOT EXISTS (SELECT 1 FROM credit_pot k
                      WHERE k.id = r.key_pot AND k.reset = p.reset AND k.byok = p.byok)
  ), sums AS (
    SELECT p.id, coalesce(sum(s.charged), 0)
        + CASE WHEN p.byok THEN coalesce(sum(s.upstream) FILTER (WHERE s.byok), 0) ELSE 0 END AS usd,
        p.settled, p.key_hash, p.window_start
    FROM pots p LEFT JOIN parts s ON s.id = p.id
    GROUP BY p.id, p.byok, p.settled, p.key_hash, p.window_start
  )
  SELECT 'a key''s limit of a window is its records''', count(*), count(*) FILTER (WHERE s.settled <> s.usd),
         min(s.key_hash || ' ' || s.window_start) FILTER (WHERE s.settled <> s.usd)
  FROM sums s;

  RETURN QUERY
  SELECT 'what is leased is what holders have', count(*),
         count(*) FILTER (WHERE p.leased <> coalesce(l.usd, 0)),
         min(p.id::text) FILTER (WHERE p.leased <> coalesce(l.usd, 0))
  FROM credit_pot p LEFT JOIN
    (SELECT c.pot_id, sum(c.drawn - c.returned - c.settled) AS usd FROM credit_lease c GROUP BY 1) l
    ON l.pot_id = p.id;
END $$;
