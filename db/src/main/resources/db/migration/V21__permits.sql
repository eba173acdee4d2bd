-- How many permits of its window replicas have drawn of a subject. A window of a minute begins with
-- its first request. Losing the table in a crash of the server costs nothing that a new window does
-- not mend.
DROP TABLE permit_window;
CREATE UNLOGGED TABLE permit_window (
  subject      text PRIMARY KEY,
  window_start timestamptz NOT NULL,
  taken        bigint NOT NULL
);
