-- What was consumed and charged: one row per generation, appended and never changed.

CREATE TABLE usage_record (
    id                        text PRIMARY KEY,
    created_at                timestamptz NOT NULL,
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
    fresh_prompt_tokens       bigint NOT NULL,
    audio_prompt_tokens       bigint NOT NULL,
    cache_read_tokens         bigint NOT NULL,
    cache_write_tokens        bigint NOT NULL,
    cache_write_1h_tokens     bigint NOT NULL,
    visible_tokens            bigint NOT NULL,
    reasoning_tokens          bigint NOT NULL,
    audio_completion_tokens   bigint NOT NULL,
    image_completion_tokens   bigint NOT NULL,
    images                    bigint NOT NULL,
    web_searches              bigint NOT NULL,
    estimated                 boolean NOT NULL,
    pricing                   jsonb NOT NULL,
    markup_percent            numeric(18, 6) NOT NULL,
    upstream_prompt_cost      numeric(38, 18) NOT NULL,
    upstream_completion_cost  numeric(38, 18) NOT NULL,
    upstream_other_cost       numeric(38, 18) NOT NULL,
    attempts_cost             numeric(38, 18) NOT NULL,
    charged                   numeric(38, 18) NOT NULL CHECK (charged >= 0),
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
    attempts                  jsonb NOT NULL
);

CREATE INDEX usage_record_key ON usage_record (key_hash, created_at);
CREATE INDEX usage_record_account ON usage_record (account_id, created_at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'usage_record is append-only';
END
$$;

CREATE TRIGGER usage_record_is_append_only BEFORE UPDATE ON usage_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Credit that accounts were given; a negative amount takes some back. What is left of it is the sum of
-- these less the sum of what was charged.
CREATE TABLE credit_grant (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    account_id  uuid NOT NULL REFERENCES accounts (id),
    usd         numeric(38, 18) NOT NULL,
    reason      text NOT NULL,
    actor       text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX credit_grant_account ON credit_grant (account_id);
