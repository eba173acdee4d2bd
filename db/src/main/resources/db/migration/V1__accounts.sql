-- Who pays: accounts and their keys. Secrets are never stored: a key is found by the SHA-256 of its
-- whole text, its public handle, and proven by an HMAC whose pepper is not in the database.

CREATE TABLE account (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                  text NOT NULL,
    credit                numeric(38, 18) NOT NULL DEFAULT 0 CHECK (credit >= 0),
    markup_percent        numeric(18, 6) CHECK (markup_percent >= 0),
    ignored_providers     text[] NOT NULL DEFAULT '{}',
    allowed_providers     text[] NOT NULL DEFAULT '{}',
    zdr_only              boolean NOT NULL DEFAULT false,
    deny_data_collection  boolean NOT NULL DEFAULT false,
    default_model         text,
    default_sort          text CHECK (default_sort IN ('price', 'throughput', 'latency', 'exacto')),
    created_at            timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (
    hash                  char(64) PRIMARY KEY,
    secret_mac            bytea NOT NULL,
    account_id            uuid NOT NULL REFERENCES account (id),
    name                  text NOT NULL,
    label                 text NOT NULL,
    management            boolean NOT NULL DEFAULT false,
    disabled              boolean NOT NULL DEFAULT false,
    expires_at            timestamptz,
    limit_usd             numeric(38, 18) CHECK (limit_usd >= 0),
    limit_reset           text CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
    include_byok_in_limit boolean NOT NULL DEFAULT false,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz
);

CREATE INDEX api_key_account ON api_key (account_id);

-- Every replica forgets what it knows of a key at once when the key or its account changes.
CREATE FUNCTION announce_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('signalbox_keys', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER api_key_change AFTER INSERT OR UPDATE OR DELETE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION announce_key_change();
CREATE TRIGGER account_change AFTER UPDATE OR DELETE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION announce_key_change();
