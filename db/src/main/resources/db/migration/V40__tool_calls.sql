-- How many answers with tool calls were looked into, and how many had one that could not be made.

ALTER TABLE replica_vitals
  ADD COLUMN tool_answers integer NOT NULL DEFAULT 0,
  ADD COLUMN tool_errors  integer NOT NULL DEFAULT 0;
