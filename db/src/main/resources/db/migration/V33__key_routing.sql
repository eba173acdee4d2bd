-- A key's own defaults for how its requests are routed: a `provider` object.
ALTER TABLE api_keys ADD COLUMN routing text;
