-- What replicas tell each other. Nothing here is worth a crash-safe write: all of it is measured or
-- decided anew within minutes.

CREATE UNLOGGED TABLE conversation_pins (
  conversation bigint PRIMARY KEY,
  endpoint_id  text NOT NULL,
  answered_at  bigint NOT NULL,
  replica      uuid NOT NULL,
  told_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX conversation_pins_by_time ON conversation_pins (told_at);

-- What was measured in ten seconds that are over.
CREATE UNLOGGED TABLE replica_vitals (
  replica     uuid NOT NULL,
  endpoint_id text NOT NULL,
  slot        bigint NOT NULL,
  successes   integer NOT NULL,
  failures    integer NOT NULL,
  counts      bytea NOT NULL,
  told_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (replica, endpoint_id, slot)
);

CREATE INDEX replica_vitals_by_time ON replica_vitals (told_at);

-- Outages and cool-downs that were seen, as long as they last.
CREATE UNLOGGED TABLE replica_setbacks (
  replica     uuid NOT NULL,
  endpoint_id text NOT NULL,
  kind        text NOT NULL,
  began_at    timestamptz NOT NULL,
  until_at    timestamptz NOT NULL,
  PRIMARY KEY (replica, endpoint_id, kind)
);
