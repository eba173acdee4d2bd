-- Settings of requests, kept under a name, one account's each. Every change is a new version.

CREATE TABLE presets (
  id                uuid PRIMARY KEY DEFAULT uuidv7(),
  account_id        uuid NOT NULL REFERENCES accounts (id),
  slug              text NOT NULL CHECK (slug ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  description       text,
  status            text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'archived')),
  status_updated_at timestamptz,
  latest_version    integer NOT NULL DEFAULT 1 CHECK (latest_version > 0),
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (account_id, slug)
);

-- The configuration is text, not jsonb: the order of its members is kept.
CREATE TABLE preset_versions (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  preset_id     uuid NOT NULL REFERENCES presets (id),
  version       integer NOT NULL CHECK (version > 0),
  config        text NOT NULL,
  system_prompt text,
  creator       text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (preset_id, version)
);

CREATE FUNCTION preset_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('signalbox_presets', NEW.account_id || ' ' || NEW.slug);
  RETURN NULL;
END $$;

CREATE TRIGGER preset_changes AFTER INSERT OR UPDATE ON presets
  FOR EACH ROW EXECUTE FUNCTION preset_changes();
