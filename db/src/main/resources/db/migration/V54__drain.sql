-- Brings records into the ledger at less cost: an entry is read once, into a row of defaults, and may leave
-- out what is nothing. What it says is as in V50.

-- A record as far as its entry need not tell it.
CREATE FUNCTION usage_blank() RETURNS usage_record LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  r usage_record;
BEGIN
  r.kind := 'usage';
  r.fresh_prompt_tokens := 0;
  r.image_prompt_tokens := 0;
  r.audio_prompt_tokens := 0;
  r.cache_read_tokens := 0;
  r.audio_cache_read_tokens := 0;
  r.cache_write_tokens := 0;
  r.cache_write_1h_tokens := 0;
  r.visible_tokens := 0;
  r.reasoning_tokens := 0;
  r.audio_completion_tokens := 0;
  r.image_completion_tokens := 0;
  r.images := 0;
  r.web_searches := 0;
  r.upstream_prompt_cost := 0;
  r.upstream_completion_cost := 0;
  r.upstream_other_cost := 0;
  r.attempts_cost := 0;
  r.charged := 0;
  r.overrun := 0;
  r.estimated := false;
  r.waived := false;
  r.byok := false;
  r.streamed := false;
  r.cancelled := false;
  RETURN r;
END $$;

CREATE FUNCTION usage_drain(entries json, of_journal uuid, of_lane integer, of_epoch bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  added integer;
  taken jsonb;
  part record;
  freed numeric;
  fresh_batch bigint := nextval('usage_batch_id');
  blank usage_record := usage_blank();
  sealed jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305111, 10);
  WITH fresh AS (
    INSERT INTO usage_record (
      id, created_at, kind, corrects, account_id, key_hash, surface, model, requested_model, router,
      provider_slug, provider_name, endpoint_id, upstream_id, service_tier, fresh_prompt_tokens,
      audio_prompt_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, visible_tokens,
      reasoning_tokens, audio_completion_tokens, image_completion_tokens, images, web_searches, estimated,
      pricing, markup_percent, charge_factor, waived, upstream_prompt_cost, upstream_completion_cost,
      upstream_other_cost, attempts_cost, charged, overrun, byok, streamed, cancelled, finish_reason,
      native_finish_reason, latency_ms, generation_ms, session_id, external_user, user_agent, http_referer,
      app_title, attempts, holder, key_pot, image_prompt_tokens, audio_cache_read_tokens, batch)
    SELECT
      r.id, usage_moment(r.id), r.kind, r.corrects, r.account_id, r.key_hash, r.surface, r.model,
      coalesce(r.requested_model, r.model), r.router,
      r.provider_slug, r.provider_name, r.endpoint_id, r.upstream_id, r.service_tier, r.fresh_prompt_tokens,
      r.audio_prompt_tokens, r.cache_read_tokens, r.cache_write_tokens, r.cache_write_1h_tokens, r.visible_tokens,
      r.reasoning_tokens, r.audio_completion_tokens, r.image_completion_tokens, r.images, r.web_searches,
      r.estimated, r.pricing, r.markup_percent, coalesce(r.charge_factor, 1 + r.markup_percent / 100), r.waived,
      r.upstream_prompt_cost, r.upstream_completion_cost, r.upstream_other_cost, r.attempts_cost, r.charged,
      r.overrun, r.byok, r.streamed, r.cancelled, r.finish_reason, r.native_finish_reason, r.latency_ms,
      r.generation_ms, r.session_id, r.external_user, r.user_agent, r.http_referer, r.app_title, r.attempts,
      r.holder, r.key_pot, r.image_prompt_tokens, r.audio_cache_read_tokens, fresh_batch
    FROM json_populate_recordset(blank, entries) AS r
    WHERE usage_moment(r.id) >= (SELECT dropped_until FROM usage_retention)
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
  SELECT (SELECT count(*) FROM fresh),
    -- What is alike for the pots is told as one.
    (SELECT jsonb_agg(t) FROM (
       SELECT account_id, key_hash, created_at, holder, key_pot, sum(charged) AS charged,
              coalesce(sum(upstream_prompt_cost + upstream_completion_cost + upstream_other_cost)
                FILTER (WHERE byok), 0) AS own
       FROM fresh WHERE charged <> 0 OR byok GROUP BY 1, 2, 3, 4, 5) t),
    (SELECT jsonb_agg(s) FROM (
       SELECT usage_month(f.created_at) AS month, count(*) AS records,
              min(f.id COLLATE "C") AS first_id, max(f.id COLLATE "C") AS last_id,
              encode(sha256(string_agg(usage_seal(f), '' ORDER BY f.id COLLATE "C")), 'hex') AS content
       FROM fresh f GROUP BY 1) s)
  INTO added, taken, sealed;

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

-- For replicas of the version before.
CREATE OR REPLACE FUNCTION usage_drain(entries jsonb, of_journal uuid, of_lane integer, of_epoch bigint)
RETURNS integer LANGUAGE sql AS $$
  SELECT usage_drain(entries::json, of_journal, of_lane, of_epoch)
$$;
