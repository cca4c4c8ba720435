"""Isolation tests of our own, in PostgreSQL's language: by their name, one for each kind of lock and each rule of play.

Each has one outcome: two writers that wait for the same row that a third has changed go on in either order, and are not
here. What they share: a table ``t`` of two rows, made anew for each order.
"""

from __future__ import annotations

_SETUP = """
setup { CREATE TABLE t (id int PRIMARY KEY, n int, word text); INSERT INTO t VALUES (1, 10, 'one'), (2, 20, NULL); }
teardown { DROP TABLE t; }
"""

# What each session does, "name { SQL }" a step, and the orders; a session begins and ends its transaction itself.
_WRITTEN: dict[str, str] = {
    "every order of two sessions": """
session a step a1 { UPDATE t SET n = n + 1 WHERE id = 1; } step a2 { SELECT * FROM t ORDER BY id; }
session b step b1 { UPDATE t SET n = n * 2 WHERE id = 1; } step b2 { SELECT n FROM t WHERE id = 1; }
""",
    "write skew at repeatable read": """
session a setup { BEGIN ISOLATION LEVEL REPEATABLE READ; } step ar { SELECT sum(n) FROM t; }
  step aw { UPDATE t SET n = 0 WHERE id = 1; } step ac { COMMIT; }
session b setup { BEGIN ISOLATION LEVEL REPEATABLE READ; } step br { SELECT sum(n) FROM t; }
  step bw { UPDATE t SET n = 0 WHERE id = 2; } step bc { COMMIT; }
""",
    "write skew at serializable": """
session a setup { BEGIN ISOLATION LEVEL SERIALIZABLE; } step ar { SELECT sum(n) FROM t; }
  step aw { UPDATE t SET n = 0 WHERE id = 1; } step ac { COMMIT; }
session b setup { BEGIN ISOLATION LEVEL SERIALIZABLE; } step br { SELECT sum(n) FROM t; }
  step bw { UPDATE t SET n = 0 WHERE id = 2; } step bc { COMMIT; }
""",
    "read-only anomaly": """
session a setup { BEGIN ISOLATION LEVEL SERIALIZABLE; } step a1 { SELECT n FROM t WHERE id = 1; }
  step a2 { UPDATE t SET n = n - 10 WHERE id = 2; } step a3 { COMMIT; }
session b setup { BEGIN ISOLATION LEVEL SERIALIZABLE; } step b1 { UPDATE t SET n = n + 20 WHERE id = 1; }
  step b2 { COMMIT; }
session c setup { BEGIN ISOLATION LEVEL SERIALIZABLE; } step c1 { SELECT id, n FROM t ORDER BY id; }
  step c2 { COMMIT; }
permutation a1 b1 b2 c1 c2 a2 a3
permutation a1 b1 b2 a2 a3 c1 c2
permutation c1 a1 b1 b2 c2 a2 a3
""",
    "lost update at repeatable read": """
session a setup { BEGIN ISOLATION LEVEL REPEATABLE READ; } step a1 { UPDATE t SET n = 11 WHERE id = 1; }
  step a2 { COMMIT; }
session b setup { BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; } step b0 { SELECT n FROM t WHERE id = 1; }
  step b1 { UPDATE t SET n = 12 WHERE id = 1; } step b2 { COMMIT; }
permutation b0 a1 b1 a2 b2
permutation b0 a1 a2 b1 b2
permutation a1 a2 b0 b1 b2
""",
    "the re-check of read committed": """
session a step a1 { BEGIN; } step a2 { UPDATE t SET n = n + 10; } step a3 { COMMIT; } step ax { ROLLBACK; }
session b step b1 { DELETE FROM t WHERE n = 20; } step b2 { SELECT * FROM t ORDER BY id; }
permutation a1 a2 b1 a3 b2
permutation a1 a2 b1 ax b2
""",
    "a row that moves on twice": """
session a step a1 { BEGIN; UPDATE t SET n = 11 WHERE id = 1; } step a2 { COMMIT; }
session b step b1 { BEGIN; UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n; } step b2 { COMMIT; }
session c step c1 { UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n; }
permutation a1 b1 a2 c1 b2
""",
    "a queue of three for a row": """
session a step a1 { BEGIN; SELECT n FROM t WHERE id = 1 FOR UPDATE; } step a2 { COMMIT; }
session b step b1 { SELECT n FROM t WHERE id = 1 FOR SHARE; }
session c step c1 { SELECT n FROM t WHERE id = 1 FOR KEY SHARE; }
session d step d1 { SELECT n FROM t WHERE id = 1 FOR UPDATE NOWAIT; } step d2 { UPDATE t SET n = 0 WHERE id = 1; }
permutation a1 b1 c1 d1 a2 d2
""",
    "unique values": """
session a step a1 { BEGIN; INSERT INTO t VALUES (3, 30); } step a2 { COMMIT; } step ax { ROLLBACK; }
session b step b1 { INSERT INTO t VALUES (3, 31); } step b2 { SELECT * FROM t WHERE id = 3; }
permutation a1 b1 a2 b2
permutation a1 b1 ax b2
permutation a1 a2 b1 b2
""",
    "insert on conflict": """
session a step a1 { BEGIN; INSERT INTO t VALUES (3, 30) ON CONFLICT DO NOTHING; } step a2 { COMMIT; }
session b step b1 { INSERT INTO t VALUES (3, 31) ON CONFLICT (id) DO UPDATE SET n = t.n + excluded.n RETURNING n; }
session c step c1 { INSERT INTO t VALUES (3, 32) ON CONFLICT DO NOTHING; } step c2 { SELECT n FROM t WHERE id = 3; }
permutation a1 b1 c1 a2 c2
""",
    "an exclusion constraint": """
session a setup { CREATE TABLE x (during int4range, EXCLUDE USING gist (during WITH &&)); }
  step a1 { BEGIN; INSERT INTO x VALUES ('[1,5)'); } step a2 { COMMIT; } step ax { ROLLBACK; }
  teardown { DROP TABLE x; }
session b step b1 { INSERT INTO x VALUES ('[4,6)'); } step b2 { INSERT INTO x VALUES ('[5,6)'); }
permutation a1 b1 a2 b2
permutation a1 b1 ax b2
""",
    "a foreign key from both sides": """
session a setup { CREATE TABLE child (t_id int REFERENCES t); }
  step a1 { BEGIN; INSERT INTO child VALUES (1); } step a2 { COMMIT; } teardown { DROP TABLE child; }
session b step b1 { DELETE FROM t WHERE id = 1; } step b2 { UPDATE t SET n = 0 WHERE id = 1; }
  step b3 { UPDATE t SET id = 9 WHERE id = 1; }
permutation a1 b1 a2
permutation a1 b2 a2
permutation a1 b3 a2
permutation b1 a1 a2
""",
    "a deferred constraint": """
session a setup { ALTER TABLE t ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED; }
  step a1 { BEGIN; UPDATE t SET n = 20 WHERE id = 1; } step a2 { COMMIT; }
session b step b1 { UPDATE t SET n = 30 WHERE id = 2; } step b2 { SELECT n FROM t ORDER BY n; }
permutation a1 b1 a2 b2
permutation a1 a2 b1 b2
""",
    "deadlock of two rows": """
session a setup { SET deadlock_timeout = '100s'; } step a1 { BEGIN; UPDATE t SET n = 1 WHERE id = 1; }
  step a2 { UPDATE t SET n = 1 WHERE id = 2; } step a3 { COMMIT; }
session b setup { SET deadlock_timeout = '400ms'; } step b1 { BEGIN; UPDATE t SET n = 2 WHERE id = 2; }
  step b2 { UPDATE t SET n = 2 WHERE id = 1; } step b3 { COMMIT; }
permutation a1 b1 a2 b2(*) a3 b3
""",
    "deadlock by upgrading a share lock": """
session a setup { SET deadlock_timeout = '100s'; } step a1 { BEGIN; SELECT n FROM t WHERE id = 1 FOR SHARE; }
  step a2 { UPDATE t SET n = 1 WHERE id = 1; } step a3 { COMMIT; }
session b setup { SET deadlock_timeout = '400ms'; } step b1 { BEGIN; SELECT n FROM t WHERE id = 1 FOR SHARE; }
  step b2 { UPDATE t SET n = 2 WHERE id = 1; } step b3 { COMMIT; }
permutation a1 b1 a2 b2(*) a3 b3
""",
    "nowait and skip locked": """
session a step a1 { BEGIN; SELECT id FROM t WHERE id = 1 FOR UPDATE; } step a2 { COMMIT; }
session b step b1 { SELECT id FROM t FOR UPDATE NOWAIT; } step b2 { SELECT id FROM t FOR UPDATE SKIP LOCKED; }
  step b3 { LOCK TABLE t NOWAIT; } step b4 { SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1; }
permutation a1 b1 b2 b3 b4 a2 b4
""",
    "a time limit on waiting": """
session a step a1 { BEGIN; LOCK TABLE t IN SHARE MODE; } step a2 { COMMIT; }
session b setup { SET lock_timeout = '50ms'; } step b1 { UPDATE t SET n = 0; } step b2 { SELECT sum(n) FROM t; }
permutation a1 b1(*) b2 a2
""",
    "a time limit on a statement": """
session a step a1 { BEGIN; SELECT n FROM t FOR UPDATE; } step a2 { COMMIT; }
session b setup { SET statement_timeout = '50ms'; } step b1 { UPDATE t SET n = 0; } step b2 { SELECT sum(n) FROM t; }
permutation a1 b1(*) b2 a2
""",
    "advisory locks of a transaction": """
session a step a1 { BEGIN; SELECT pg_advisory_xact_lock(1); } step a2 { COMMIT; }
session b step b1 { SELECT pg_advisory_xact_lock(1); } step b2 { SELECT pg_try_advisory_xact_lock(1); }
permutation a1 b1 a2 b2
permutation a1 b2 a2 b1
""",
    "advisory locks of a session": """
session a step a1 { SELECT pg_advisory_lock(1, 2); } step a2 { SELECT pg_advisory_unlock(1, 2); }
session b step b1 { SELECT pg_advisory_lock(1, 2); } step b2 { SELECT pg_advisory_unlock(1, 2); }
  step b3 { SELECT pg_advisory_unlock(1, 2); }
permutation a1 b1 a2 b2 b3
""",
    "shared advisory locks": """
session a step a1 { SELECT pg_advisory_lock_shared(7); } step a2 { SELECT pg_advisory_unlock_shared(7); }
session b step b1 { SELECT pg_advisory_lock_shared(7); } step b2 { SELECT pg_advisory_unlock_shared(7); }
session c step c1 { SELECT pg_advisory_lock(7); } step c2 { SELECT pg_advisory_unlock_all(); }
permutation a1 b1 c1 a2 b2 c2
""",
    "an alter in the queue": """
session a step a1 { BEGIN; SELECT count(*) FROM t; } step a2 { COMMIT; }
session b step b1 { ALTER TABLE t ADD more int; }
session c step c1 { SELECT * FROM t ORDER BY id; }
permutation a1 b1 c1 a2
""",
    "truncate and drop": """
session a step a1 { BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t; } step a2 { COMMIT; }
session b step b1 { TRUNCATE t; } step b2 { SELECT count(*) FROM t; }
permutation a1 b1 a2 b2
""",
    "an index built beside a writer": """
session a step a1 { BEGIN; UPDATE t SET n = 1; } step a2 { COMMIT; }
session b step b1 { CREATE INDEX CONCURRENTLY ON t (n); } step b2 { REINDEX TABLE t; }
permutation a1 b1 a2
permutation a1 b2 a2
""",
    "a lock on an object": """
session a step a1 { BEGIN; COMMENT ON SCHEMA public IS 'ours'; } step a2 { ROLLBACK; }
session b step b1 { COMMENT ON SCHEMA public IS 'theirs'; } step b2 { COMMENT ON SCHEMA public IS NULL; }
permutation a1 b1 a2 b2
""",
    "names of types": """
session a step a1 { BEGIN; CREATE TYPE mood AS ENUM ('low'); } step a2 { ROLLBACK; }
session b step b1 { CREATE TYPE mood AS ENUM ('high'); } step b2 { DROP TYPE mood; }
permutation a1 b1 a2 b2
""",
    "a safe snapshot": """
session a step a1 { BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE t SET n = 0; } step a2 { COMMIT; }
session b setup { BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE; }
  step b1 { SELECT n FROM t ORDER BY id; } step b2 { COMMIT; }
permutation a1 b1 a2 b2
""",
    "a sequence goes back for nobody": """
session a setup { CREATE SEQUENCE s; } step a1 { BEGIN; SELECT nextval('s'); } step a2 { ROLLBACK; }
  teardown { DROP SEQUENCE s; }
session b step b1 { SELECT nextval('s'); }
permutation a1 b1 a2 b1
permutation b1 a1 a2 b1
""",
    "savepoints give rows back": """
session a step a1 { BEGIN; SAVEPOINT s; UPDATE t SET n = 0; } step a2 { ROLLBACK TO s; } step a3 { COMMIT; }
session b step b1 { UPDATE t SET n = n + 1; } step b2 { SELECT n FROM t ORDER BY n; }
permutation a1 b1 a2 a3 b2
""",
    "an aborted transaction": """
session a step a1 { BEGIN; SELECT 1 / 0; } step a2 { SELECT 1; } step a3 { COMMIT; }
session b step b1 { SELECT 'x' AS "two words", NULL AS nothing, 1.50 AS price, '' AS empty; }
""",
    "a prepared transaction": """
session a step a1 { BEGIN; UPDATE t SET n = 0; PREPARE TRANSACTION 'ours'; } step a2 { COMMIT PREPARED 'ours'; }
session b step b1 { SELECT sum(n) FROM t; } step b2 { SELECT sum(n) FROM t; }
permutation a1 b1 a2 b2
""",
    "what is raised beside": """
session a step a1 { DO $$ BEGIN RAISE NOTICE 'first'; RAISE WARNING 'second' USING DETAIL = 'more'; END $$; }
  step a2 { COMMIT; }
session b step b1 { DO $$ BEGIN RAISE INFO 'third'; END $$; } step b2 { CREATE TABLE IF NOT EXISTS t (); }
permutation a1 b1 a2 b2
""",
    "a step held back by notices": """
session a step a1 { DO $$ BEGIN RAISE NOTICE 'one'; PERFORM pg_advisory_xact_lock(5); RAISE NOTICE 'two'; END $$; }
session b step b1 { SELECT pg_advisory_lock(5); } step b2 { SELECT pg_advisory_unlock(5); }
session c step c1 { SELECT 'after two'; }
permutation b1 a1 c1(a1 notices 1) b2
""",
    "a step held back by another": """
session a step a1 { BEGIN; LOCK TABLE t; } step a2 { COMMIT; }
session b step b1 { SELECT sum(n) FROM t; }
session c step c1 { SELECT 'done'; }
permutation a1 b1 c1(b1) a2
permutation a1 b1(*) c1(b1) a2
""",
    "two kinds of names": """
session "the first" step "a 1" { BEGIN; LOCK TABLE t; } step "a ""2"" b" { COMMIT; }
session second step b1 { SELECT count(*) FROM t; }   # a comment
permutation "a 1" b1 "a ""2"" b"
""",
    "listen and notify": """
session a step a1 { LISTEN news; } step a2 { SELECT 'heard'; } teardown { UNLISTEN *; }
session b step b1 { NOTIFY news, 'hot'; } step b2 { BEGIN; NOTIFY news; } step b3 { COMMIT; }
permutation a1 b1 a2 b2 a2 b3 a2
""",
    "rows while they are set up": """
session a setup { SELECT 'set up' AS a; } step a1 { SELECT; } step a2 { } teardown { SELECT 'torn down' AS a; }
session b step b1 { SELECT id, word FROM t; SELECT 1 AS one; } step b2 { SELECT * FROM t WHERE false; }
permutation a1 b1 a2 b2
""",
    "a session that ends": """
session a step a1 { BEGIN; UPDATE t SET n = 0; } step a2 { ROLLBACK; }
session b step b1 { SELECT 1 FROM t WHERE id = 1 FOR NO KEY UPDATE; } step b2 { SELECT pg_cancel_backend(NULL); }
permutation a1 b1 a2 b2
""",
    "merge": """
session a step a1 { BEGIN; UPDATE t SET n = 0 WHERE id = 1; } step a2 { COMMIT; }
session b step b1 { MERGE INTO t USING (VALUES (1, 5), (3, 7)) AS v (id, n) ON t.id = v.id
    WHEN MATCHED THEN UPDATE SET n = t.n + v.n WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.n); }
  step b2 { SELECT * FROM t ORDER BY id; }
permutation a1 b1 a2 b2
""",
    "a partition that is taken away": """
session a
  setup { CREATE TABLE p (n int) PARTITION BY RANGE (n); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); }
  step a1 { BEGIN; INSERT INTO p VALUES (1); } step a2 { COMMIT; } teardown { DROP TABLE IF EXISTS p, p1; }
session b step b1 { ALTER TABLE p DETACH PARTITION p1; } step b2 { SELECT count(*) FROM p; }
permutation a1 b1 a2 b2
""",
    "a transaction in two parts": """
session a step a1 { BEGIN; UPDATE t SET n = 0; } step a2 { COMMIT AND CHAIN; } step a3 { UPDATE t SET n = 1; }
  step a4 { ROLLBACK; }
session b step b1 { UPDATE t SET n = n + 5; } step b2 { SELECT n FROM t; }
permutation a1 b1 a2 a3 b2 a4 b2
permutation a1 a2 a3 b1 a4 b2
""",
}

_ROW_LOCKS = ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE")
_TABLE_LOCKS = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


def _row_locks(first: str) -> str:
    steps = [f"step b{i} {{ BEGIN; SELECT id FROM t WHERE id = 1 FOR {lock}; }}" for i, lock in enumerate(_ROW_LOCKS)]
    return _one_by_one(f"SELECT id FROM t WHERE id = 1 FOR {first}", steps)


def _table_locks(first: str) -> str:
    # Which modes stand in each other's way is symmetric: half of the table tells all of it.
    others = _TABLE_LOCKS[: _TABLE_LOCKS.index(first) + 1]
    steps = [f"step b{i} {{ BEGIN; LOCK TABLE t IN {mode} MODE; }}" for i, mode in enumerate(others)]
    return _one_by_one(f"LOCK TABLE t IN {first} MODE", steps)


def _one_by_one(held: str, steps: list[str]) -> str:
    orders = [f"permutation a1 b{i} a2 bc" for i in range(len(steps))]
    first = f"session a step a1 {{ BEGIN; {held}; }} step a2 {{ COMMIT; }}"
    return "\n".join([first, "session b", *steps, "step bc { COMMIT; }", *orders])


SPECS: dict[str, str] = {
    **{name: _SETUP + text for name, text in _WRITTEN.items()},
    **{f"row locks: FOR {lock} first": _SETUP + _row_locks(lock) for lock in _ROW_LOCKS},
    **{f"table locks: {mode} first": _SETUP + _table_locks(mode) for mode in _TABLE_LOCKS},
}
