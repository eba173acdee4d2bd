-- What a role may do that serves from the ledger and does not own it.

-- Top-ups are the ledger's other half: corrected by rows of their own too.
CREATE FUNCTION credit_grant_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'credit_grant is append-only';
END $$;
CREATE TRIGGER credit_grant_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_grant
  FOR EACH STATEMENT EXECUTE FUNCTION credit_grant_keep();

-- Months are made and dropped by whoever owns them, at a gateway's word.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION usage_upkeep(integer, interval) SECURITY DEFINER SET search_path = %I, pg_temp',
    current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION usage_upkeep(integer, interval) FROM PUBLIC;

-- Gives a role what a gateway needs: of the ledger, to read and to add. Said again after each upgrade,
-- it covers what is new; months need nothing, they are reached through their table.
CREATE FUNCTION ledger_rights(of_role name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  relation record;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), of_role);
  FOR relation IN
    SELECT c.oid::regclass AS name, c.relkind, c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT c.relispartition
      AND c.relkind IN ('r', 'p', 'v', 'S')
  LOOP
    EXECUTE format('REVOKE ALL ON %s %s FROM %I',
      CASE relation.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relation.name, of_role);
    EXECUTE format('GRANT %s ON %s %s TO %I',
      CASE
        WHEN relation.relkind = 'S' THEN 'USAGE'
        WHEN relation.relkind = 'v' OR relation.relname = 'flyway_schema_history' THEN 'SELECT'
        WHEN relation.relname IN ('usage_record', 'usage_batch', 'credit_grant', 'audit_log', 'usage_quarantine')
          THEN 'SELECT, INSERT'
        WHEN relation.relname = 'usage_retention' THEN 'SELECT'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
      CASE relation.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relation.name, of_role);
  END LOOP;
  EXECUTE format('GRANT EXECUTE ON FUNCTION usage_upkeep(integer, interval) TO %I', of_role);
END $$;
