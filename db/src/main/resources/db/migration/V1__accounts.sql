-- Who may call, and who pays.

CREATE TABLE accounts (
  id                   uuid PRIMARY KEY DEFAULT uuidv7(),
  name                 text NOT NULL CHECK (name <> ''),
  markup_percent       numeric(38, 18) CHECK (markup_percent >= 0),
  default_model        text,
  default_sort         text CHECK (default_sort IN ('price', 'throughput', 'latency')),
  ignored_providers    text[] NOT NULL DEFAULT '{}',
  allowed_providers    text[] NOT NULL DEFAULT '{}',
  zdr_only             boolean NOT NULL DEFAULT false,
  deny_data_collection boolean NOT NULL DEFAULT false,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz,
  deleted_at           timestamptz
);

-- Rises with every change to a key, or to its account.
CREATE SEQUENCE key_versions;

CREATE TABLE api_keys (
  hash                  text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  secret_mac            bytea NOT NULL,
  pepper_version        integer NOT NULL DEFAULT 1,
  account_id            uuid NOT NULL REFERENCES accounts (id),
  name                  text NOT NULL CHECK (name <> ''),
  label                 text NOT NULL,
  kind                  text NOT NULL CHECK (kind IN ('inference', 'management')),
  disabled              boolean NOT NULL DEFAULT false,
  expires_at            timestamptz,
  spend_limit           numeric(38, 18) CHECK (spend_limit >= 0),
  limit_reset           text CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
  include_byok_in_limit boolean NOT NULL DEFAULT false,
  creator_user_id       text,
  workspace_id          uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  requests_per_minute   bigint NOT NULL DEFAULT 0 CHECK (requests_per_minute >= 0),
  tokens_per_minute     bigint NOT NULL DEFAULT 0 CHECK (tokens_per_minute >= 0),
  pass_through          boolean NOT NULL DEFAULT false,
  from_settings         boolean NOT NULL DEFAULT false,
  created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at            timestamptz,
  deleted_at            timestamptz,
  version               bigint NOT NULL DEFAULT 0,
  changed_at            timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);
CREATE INDEX api_keys_by_creation ON api_keys (created_at, hash) WHERE deleted_at IS NULL;
-- Replicas that missed a notification look here.
CREATE INDEX api_keys_by_change ON api_keys (changed_at);

CREATE FUNCTION api_key_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := nextval('key_versions');
  NEW.changed_at := clock_timestamp();
  PERFORM pg_notify('signalbox_keys', NEW.hash || ' ' || NEW.version);
  RETURN NEW;
END $$;

CREATE TRIGGER api_key_changes BEFORE INSERT OR UPDATE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION api_key_changes();

-- A key carries what its account says: so a change of the account is a change of its keys.
CREATE FUNCTION account_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE api_keys SET version = 0 WHERE account_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER account_changes AFTER UPDATE ON accounts
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION account_changes();

-- Facts about this installation: when it first started, and with which pepper.
CREATE TABLE installation (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- Who changed what. Rows are only ever added; each holds the hash of the one before it.
CREATE TABLE audit_log (
  id            bigint PRIMARY KEY,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor         text NOT NULL,
  action        text NOT NULL,
  subject       text NOT NULL,
  detail        jsonb NOT NULL DEFAULT '{}',
  previous_hash bytea NOT NULL,
  hash          bytea NOT NULL
);

CREATE FUNCTION audit_hash(entry audit_log) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(entry.previous_hash || convert_to(
    jsonb_build_array(
      entry.id, extract(epoch FROM entry.at), entry.actor, entry.action, entry.subject,
      entry.detail)::text, 'UTF8'))
$$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last audit_log;
BEGIN
  -- One writer at a time, until its transaction ends: the chain has no branches.
  PERFORM pg_advisory_xact_lock(7305111, 1);
  SELECT * INTO last FROM audit_log ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(last.id, 0) + 1;
  NEW.previous_hash := coalesce(last.hash, '\x'::bytea);
  NEW.hash := audit_hash(NEW);
  RETURN NEW;
END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log is append-only';
END $$;

CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();

-- The first row that is not what it was when it was written; none if all are.
CREATE FUNCTION audit_first_broken() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT min(entry.id)
  FROM (SELECT a, lag(a.hash, 1, '\x'::bytea) OVER (ORDER BY a.id) AS expected,
               row_number() OVER (ORDER BY a.id) AS position, a.id
        FROM audit_log a) entry
  WHERE (entry.a).previous_hash <> entry.expected
     OR (entry.a).hash <> audit_hash(entry.a)
     OR entry.id <> entry.position
$$;
