-- What an answer turned out to cost beyond its hold is drawn as far as there is any: of a wish that says
-- "due", a part helps too. All else as in V45.
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
    SELECT w.at, w.account, w.key, w.need, w.want, coalesce(w.due, 0) AS due, lower(coalesce(k.limit_reset, 'none')) AS reset,
           coalesce(k.include_byok_in_limit, false) AS byok,
           CASE WHEN w.key IS NULL
             THEN CASE WHEN a.unlimited THEN NULL
                  ELSE (SELECT coalesce(sum(g.usd), 0) FROM credit_grant g WHERE g.account_id = w.account) END
             ELSE k.spend_limit END AS most
    FROM jsonb_to_recordset(wishes) AS w (at integer, account uuid, key text, need numeric, want numeric,
      due numeric)
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
        'at', wish.at, 'pot', pot, 'most', wish.most, 'need', wish.need, 'want', wish.want,
        'due', wish.due);
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
    SELECT w.* FROM jsonb_to_recordset(asked) AS w (at integer, pot bigint, most numeric, need numeric, want numeric,
      due numeric)
    ORDER BY w.pot
  LOOP
    IF wish.most IS NULL THEN
      UPDATE credit_pot p SET lim = NULL, excess = 0 WHERE p.id = wish.pot AND p.lim IS NOT NULL;
      at := wish.at; pot := wish.pot; drawn := 0; unlimited := true; left_ms := NULL;
      remaining := 0; elsewhere := 0; asleep := 0;
      RETURN NEXT;
      CONTINUE;
    END IF;
    -- Never more than remains: enough for the need, or a share that shrinks as the remainder does; of
    -- what is due, as much as there is.
    UPDATE credit_pot p
    SET lim = wish.most,
        excess = greatest(0, p.settled + p.leased - wish.most),
        leased = p.leased + greatest(
          least(wish.due, wish.most - p.settled - p.leased),
          CASE
            WHEN wish.most - p.settled - p.leased < greatest(wish.need, 0) THEN 0
            ELSE greatest(
              wish.need,
              least(wish.want, trunc((wish.most - p.settled - p.leased) / replicas, 12)),
              trunc((wish.most - p.settled - p.leased) / (4 * replicas), 12)) END)
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
    IF state.granted < greatest(wish.need, wish.due) AND elsewhere > 0 THEN
      PERFORM pg_notify('signalbox_credit', wish.pot::text);
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
