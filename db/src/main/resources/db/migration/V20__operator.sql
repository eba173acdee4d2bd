-- What operators change while gateways run, and the permits that replicas share.

-- An operator's key administers the installation; a management key, its own account.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_kind_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_kind_check
  CHECK (kind IN ('inference', 'management', 'operator'));
UPDATE api_keys SET kind = 'operator' WHERE from_settings;

-- An unlimited account is recorded and billed, and never refused for its balance.
ALTER TABLE accounts ADD COLUMN unlimited boolean NOT NULL DEFAULT false;

-- A purchase was paid for, a grant was a gift, an adjustment mends an earlier row. A caller that
-- sends the same request again, because the answer was lost, must not give credit twice.
ALTER TABLE credit_grant ADD COLUMN kind text NOT NULL DEFAULT 'grant'
  CHECK (kind IN ('purchase', 'grant', 'adjustment'));
ALTER TABLE credit_grant ADD COLUMN idempotency_key text;
CREATE UNIQUE INDEX credit_grant_once ON credit_grant (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

-- One row, whose version rises with every change of what is on offer. Changes wait for each other
-- here, so that each is checked against all before it.
CREATE TABLE offer_version (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO offer_version (version) VALUES (1);

CREATE FUNCTION offer_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  now_at bigint;
BEGIN
  UPDATE offer_version SET version = version + 1 RETURNING version INTO now_at;
  PERFORM pg_notify('signalbox_offer', now_at::text);
  RETURN NULL;
END $$;

-- Providers, models and endpoints on top of the catalog's files: a body is merged over the file's
-- (RFC 7396), or is the whole where no file has it; a removed entry hides the file's.
CREATE TABLE catalog_entry (
  kind       text NOT NULL CHECK (kind IN ('provider', 'model', 'endpoint')),
  name       text NOT NULL CHECK (name <> ''),
  body       jsonb NOT NULL DEFAULT '{}',
  removed    boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, name)
);
CREATE TRIGGER offer_changes AFTER INSERT OR UPDATE OR DELETE ON catalog_entry
  FOR EACH STATEMENT EXECUTE FUNCTION offer_changes();

-- The operator's share, by what it is about; a row without a percentage ends the one before it.
CREATE TABLE markup_rule (
  id             uuid PRIMARY KEY DEFAULT uuidv7(),
  scope          text NOT NULL
    CHECK (scope IN ('installation', 'provider', 'model', 'endpoint', 'account')),
  subject        text NOT NULL,
  percent        numeric(18, 6) CHECK (percent >= 0),
  effective_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (scope, subject, effective_from),
  CHECK ((scope = 'installation') = (subject = ''))
);
CREATE TRIGGER offer_changes AFTER INSERT OR UPDATE OR DELETE ON markup_rule
  FOR EACH STATEMENT EXECUTE FUNCTION offer_changes();

-- An account's own markup was a column of the account.
INSERT INTO markup_rule (scope, subject, percent, effective_from)
  SELECT 'account', id::text, markup_percent, created_at FROM accounts
  WHERE markup_percent IS NOT NULL;
ALTER TABLE accounts DROP COLUMN markup_percent;

-- Negotiated prices of an endpoint, in place of its catalog's; null ends the one before it.
CREATE TABLE endpoint_price (
  id             uuid PRIMARY KEY DEFAULT uuidv7(),
  endpoint_id    text NOT NULL,
  pricing        jsonb,
  effective_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (endpoint_id, effective_from)
);
CREATE TRIGGER offer_changes AFTER INSERT OR UPDATE OR DELETE ON endpoint_price
  FOR EACH STATEMENT EXECUTE FUNCTION offer_changes();

-- What opens a provider's door: the operator's own, or an account's. Sealed with a key of its row,
-- which is sealed with a key that is not in the database.
CREATE TABLE provider_credential (
  id                     uuid PRIMARY KEY,
  provider               text NOT NULL,
  account_id             uuid REFERENCES accounts (id),
  workspace_id           uuid,
  name                   text,
  label                  text NOT NULL,
  sealed                 bytea,
  wrapped_key            bytea,
  wrapped_by             text NOT NULL,
  disabled               boolean NOT NULL DEFAULT false,
  is_fallback            boolean NOT NULL DEFAULT false,
  allowed_models         text[],
  allowed_api_key_hashes text[],
  allowed_user_ids       text[],
  sort_order             integer NOT NULL DEFAULT 0,
  created_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at             timestamptz,
  deleted_at             timestamptz,
  CHECK (deleted_at IS NOT NULL OR (sealed IS NOT NULL AND wrapped_key IS NOT NULL))
);
CREATE UNIQUE INDEX provider_credential_operator ON provider_credential (provider)
  WHERE account_id IS NULL AND deleted_at IS NULL;
CREATE INDEX provider_credential_account ON provider_credential (account_id, provider)
  WHERE deleted_at IS NULL;
CREATE TRIGGER offer_changes AFTER INSERT OR UPDATE OR DELETE ON provider_credential
  FOR EACH STATEMENT EXECUTE FUNCTION offer_changes();

-- How many permits of a window replicas have drawn. Losing it in a crash of the server costs
-- nothing that a new window does not mend.
CREATE UNLOGGED TABLE permit_window (
  subject      text NOT NULL,
  window_start timestamptz NOT NULL,
  taken        bigint NOT NULL,
  PRIMARY KEY (subject, window_start)
);
CREATE INDEX permit_window_by_start ON permit_window (window_start);
