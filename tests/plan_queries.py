"""Statements whose plans have every shape in which figures are hard to share out; and the plans that they had.

``python -m tests.plan_queries`` asks the server that MNEMO_SERVER names and writes them down anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

CORPUS = Path(__file__).with_name("plan_corpus")

TABLES = """
CREATE TABLE parents (id integer PRIMARY KEY, kind integer NOT NULL, name text NOT NULL);
INSERT INTO parents SELECT n, n % 7, 'parent ' || n FROM generate_series(1, 2000) AS n;
CREATE TABLE children (
    id integer PRIMARY KEY,
    parent_id integer NOT NULL REFERENCES parents ON DELETE CASCADE,
    at timestamptz NOT NULL,
    amount integer NOT NULL,
    word text
);
INSERT INTO children
SELECT n, 1 + n * 7919 % 2000, '2024-01-01'::timestamptz + n * interval '1 minute', n * 31 % 1000, md5(n::text)
FROM generate_series(1, 40000) AS n;
CREATE INDEX children_amount ON children (amount);
CREATE INDEX children_parent ON children (parent_id);
CREATE TABLE log (id integer, at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE log_3 PARTITION OF log FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
INSERT INTO log
SELECT n, '2024-01-01'::timestamptz + n * interval '4 minutes', 'entry' FROM generate_series(1, 30000) AS n;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM parents; RETURN NULL; END $$;
CREATE TRIGGER noticed AFTER UPDATE ON parents FOR EACH STATEMENT EXECUTE FUNCTION noted();
"""
_WORKERS = (
    "SET LOCAL max_parallel_workers_per_gather = 2; SET LOCAL parallel_setup_cost = 0;"
    "SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;"
    "SET LOCAL min_parallel_index_scan_size = 0; "
)
_NO_LEADER = _WORKERS + "SET LOCAL parallel_leader_participation = off;"
_SMALL = "SET LOCAL work_mem = '64kB';"
_LOOPS = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
_TEN = ", ".join(f"(SELECT max(amount) + {n} FROM children WHERE parent_id = {n})" for n in range(1, 13))


@dataclass(frozen=True)
class Query:
    """A statement, and what is set before it."""

    sql: str
    first: str = ""


QUERIES = {
    "one row": Query("SELECT 1"),
    "sequential scan": Query("SELECT * FROM children WHERE word LIKE '%ab%'"),
    "index scan": Query("SELECT * FROM children WHERE id = 7"),
    "index only scan": Query("SELECT amount FROM children WHERE amount < 3 ORDER BY amount"),
    "bitmap scan": Query("SELECT * FROM children WHERE amount BETWEEN 10 AND 40 OR parent_id IN (3, 4, 5)"),
    "lossy bitmap": Query(
        "SELECT count(word) FROM children WHERE amount < 300", _SMALL + "SET LOCAL enable_seqscan = off"
    ),
    "sort in memory": Query("SELECT * FROM parents ORDER BY name"),
    "sort on disk": Query("SELECT * FROM children ORDER BY word", _SMALL),
    "incremental sort": Query("SELECT * FROM children ORDER BY amount, word LIMIT 50"),
    "hash join": Query("SELECT count(*) FROM parents JOIN children ON parents.id = parent_id"),
    "hash join in parts": Query("SELECT count(*) FROM parents JOIN children ON parents.id = parent_id", _SMALL),
    "merge join": Query(
        "SELECT count(*) FROM parents JOIN children ON parents.id = parent_id",
        "SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off",
    ),
    "nested loop": Query("SELECT count(*) FROM parents JOIN children ON parents.id = parent_id", _LOOPS),
    "nested loop, many thousand": Query(
        "SELECT sum(p.kind) FROM children JOIN parents AS p ON p.id = parent_id",
        _LOOPS + "SET LOCAL enable_memoize = off",
    ),
    "memoize": Query("SELECT count(*) FROM children JOIN parents AS p ON p.id = parent_id WHERE amount < 100", _LOOPS),
    "materialize": Query(
        "SELECT count(*) FROM parents AS a JOIN parents AS b ON a.kind < b.kind WHERE a.id < 50 AND b.id < 80"
    ),
    "semi join": Query(
        "SELECT count(*) FROM parents WHERE EXISTS (SELECT FROM children WHERE parent_id = parents.id AND amount < 5)"
    ),
    "anti join": Query(
        "SELECT count(*) FROM parents WHERE NOT EXISTS (SELECT FROM children WHERE parent_id = parents.id)"
    ),
    "limit that stops": Query("SELECT * FROM children ORDER BY id LIMIT 10"),
    "limit from a query": Query("SELECT * FROM children ORDER BY id LIMIT (SELECT min(kind) + 5 FROM parents)"),
    "never executed": Query("SELECT * FROM parents JOIN children ON parents.id = parent_id WHERE parents.id = -1"),
    "one-time filter": Query("SELECT * FROM children WHERE (SELECT count(*) FROM parents) = 0"),
    "one-time filter that holds": Query("SELECT count(*) FROM children WHERE (SELECT count(*) FROM parents) > 0"),
    "initplan in a filter": Query("SELECT count(*) FROM children WHERE amount > (SELECT avg(kind) FROM parents)"),
    "initplan in an output": Query("SELECT id, (SELECT max(amount) FROM children) FROM parents ORDER BY name"),
    "initplan in an index condition": Query(
        "SELECT count(*) FROM children WHERE amount = (SELECT min(kind) FROM parents)", "SET LOCAL enable_seqscan = off"
    ),
    "initplan mentioned twice": Query(
        "WITH x AS MATERIALIZED (SELECT avg(amount) AS a FROM children) SELECT count(*) FROM parents"
        " WHERE kind < (SELECT a FROM x) AND id > (SELECT a FROM x) - 500"
    ),
    "twelve initplans": Query(f"SELECT {_TEN}"),
    "twelve initplans in filters": Query(f"SELECT count(*) FROM parents WHERE id IN ({_TEN})"),
    "twelve initplans with two users": Query(
        f"SELECT count(*) FROM parents JOIN children ON parents.id = parent_id"
        f" WHERE amount > (SELECT min(kind) FROM parents) AND parents.id IN ({_TEN})"
    ),
    "subplan": Query(
        "SELECT id, (SELECT count(*) FROM children WHERE parent_id = parents.id) FROM parents WHERE id < 300"
    ),
    "subplan in a filter": Query(
        "SELECT count(*) FROM parents WHERE (SELECT sum(amount) FROM children WHERE parent_id = parents.id) > 9000"
    ),
    "hashed subplan": Query(
        "SELECT count(*) FROM children WHERE parent_id NOT IN (SELECT id FROM parents WHERE kind = 3)"
    ),
    "twelve subplans": Query(
        "SELECT "
        + ", ".join(f"(SELECT max(amount) + {n} FROM children WHERE parent_id = p.id + {n})" for n in range(12))
        + " FROM parents AS p WHERE id < 40"
    ),
    "with, scanned once": Query("WITH x AS MATERIALIZED (SELECT * FROM children) SELECT count(*) FROM x"),
    "with, scanned twice": Query(
        "WITH x AS MATERIALIZED (SELECT * FROM children WHERE amount < 500)"
        " SELECT count(*) FROM x AS a JOIN x AS b USING (id)"
    ),
    "with, stopped early": Query("WITH x AS MATERIALIZED (SELECT * FROM children) SELECT * FROM x LIMIT 5"),
    "with, one name twice": Query(
        "WITH x AS MATERIALIZED (SELECT id FROM parents WHERE kind = 1) SELECT count(*) FROM x"
        " JOIN LATERAL (WITH x AS MATERIALIZED (SELECT amount FROM children WHERE parent_id < 9)"
        " SELECT max(amount) FROM x) AS y ON true"
    ),
    "with, one reads another": Query(
        "WITH x AS MATERIALIZED (SELECT * FROM parents), y AS MATERIALIZED (SELECT * FROM x WHERE kind < 3)"
        " SELECT (SELECT count(*) FROM x), (SELECT count(*) FROM y)"
    ),
    "recursive": Query(
        "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE n < 2000)"
        " SELECT count(*) FROM x JOIN parents ON id = n"
    ),
    "with that changes, unread": Query("WITH x AS (DELETE FROM children WHERE id < 500) SELECT count(*) FROM parents"),
    "with that changes, read": Query(
        "WITH x AS (DELETE FROM children WHERE id < 500 RETURNING *) SELECT count(*) FROM x"
    ),
    "with that changes, read in part": Query(
        "WITH x AS (UPDATE children SET amount = 0 WHERE id < 900 RETURNING *) SELECT * FROM x LIMIT 3"
    ),
    "insert": Query("INSERT INTO children SELECT 100000 + n, 1, now(), 1, 'x' FROM generate_series(1, 3000) AS n"),
    "insert on conflict": Query(
        "INSERT INTO parents SELECT n, 1, 'x' FROM generate_series(1900, 2100) AS n"
        " ON CONFLICT (id) DO UPDATE SET kind = EXCLUDED.kind"
    ),
    "update with triggers": Query("UPDATE parents SET kind = kind + 1 WHERE id < 400"),
    "delete that cascades": Query("DELETE FROM parents WHERE id < 20"),
    "merge": Query(
        "MERGE INTO parents AS p USING (SELECT generate_series(1990, 2010) AS n) AS s ON p.id = n"
        " WHEN MATCHED THEN UPDATE SET kind = 0 WHEN NOT MATCHED THEN INSERT VALUES (n, 0, 'new')"
    ),
    "append": Query("SELECT count(*) FROM log"),
    "append, pruned when planned": Query("SELECT count(*) FROM log WHERE at < '2024-01-10'"),
    "append, pruned at the start": Query(
        "SELECT count(*) FROM log"
        " WHERE at < (SELECT '2024-01-10'::timestamptz + kind * interval '0 days' FROM parents LIMIT 1)"
    ),
    "merge append": Query("SELECT * FROM log ORDER BY at LIMIT 20", "CREATE INDEX ON log (at)"),
    "union": Query("SELECT kind FROM parents UNION SELECT amount FROM children"),
    "except": Query("SELECT id FROM parents EXCEPT SELECT parent_id FROM children WHERE amount < 900"),
    "window": Query(
        "SELECT id, sum(amount) OVER (PARTITION BY parent_id ORDER BY id) FROM children WHERE parent_id < 100"
    ),
    "groups": Query("SELECT parent_id, count(*) FROM children GROUP BY parent_id HAVING count(*) > 3"),
    "groups on disk": Query("SELECT word, count(*) FROM children GROUP BY word", _SMALL),
    "grouping sets": Query("SELECT kind, name, count(*) FROM parents GROUP BY GROUPING SETS ((kind), (name), ())"),
    "function scan": Query("SELECT count(*) FROM generate_series(1, 20000) AS n JOIN parents ON id = n"),
    "lateral": Query(
        "SELECT p.id, c.amount FROM parents AS p CROSS JOIN LATERAL"
        " (SELECT amount FROM children WHERE parent_id = p.id ORDER BY amount DESC LIMIT 2) AS c WHERE p.id < 200"
    ),
    "rows locked": Query("SELECT * FROM parents WHERE kind = 2 FOR UPDATE"),
    "workers": Query("SELECT count(*) FROM children WHERE word LIKE '%ab%'", _WORKERS),
    "workers without the leader": Query("SELECT count(*) FROM children WHERE word LIKE '%ab%'", _NO_LEADER),
    "workers, sorted": Query("SELECT * FROM children ORDER BY word LIMIT 100", _WORKERS),
    "workers, joined": Query(
        "SELECT p.kind, count(*) FROM children JOIN parents AS p ON p.id = parent_id GROUP BY 1", _WORKERS
    ),
    "workers, joined, without the leader": Query(
        "SELECT p.kind, count(*) FROM children JOIN parents AS p ON p.id = parent_id GROUP BY 1", _NO_LEADER
    ),
    "workers and an initplan": Query(
        "SELECT count(*) FROM children WHERE amount > (SELECT avg(kind) FROM parents)", _WORKERS
    ),
    "workers and a subplan": Query(
        "SELECT count(*) FROM parents WHERE (SELECT max(amount) FROM children WHERE parent_id = parents.id) > 900",
        _WORKERS,
    ),
    "workers, started again": Query(
        "SELECT n, (SELECT count(*) FROM children WHERE amount > n * 100) FROM generate_series(1, 4) AS n", _WORKERS
    ),
    "workers, append": Query("SELECT count(*) FROM log WHERE what = 'entry'", _WORKERS),
    "workers, none to be had": Query("SELECT count(*) FROM children", _WORKERS + "SET LOCAL max_parallel_workers = 0"),
    "deep": Query("SELECT * FROM (" * 40 + "SELECT * FROM parents LIMIT 2000" + " OFFSET 0) AS x" * 40),
}


def corpus() -> dict[str, Any]:
    """Return what EXPLAIN said, by version and statement, as ``18 hash join``."""
    return {
        f"{path.stem} {name}": told
        for path in sorted(CORPUS.glob("*.json"))
        for name, told in json.loads(path.read_text()).items()
    }


def main() -> None:
    """Write down what the server says; a line a plan."""
    from mnemo_helpers import database, plans, server, sql

    held = server.ensure()
    with database.scratch("learner") as name:

        def open_(session: str) -> psycopg.Connection[Any]:
            return database.connect(name, name=session)

        sql.use(open_)
        connection = sql.session()
        for statement in sql.split(TABLES):
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE parents, children, log")
        found = {}
        for title, query in QUERIES.items():
            plan = plans.explain(query.sql, first=query.first)
            told = [{**plan.told, "Plan": _nested(plan.root)}]
            found[title] = told
        sql.close_all()
    lines = ",\n".join(f"{json.dumps(title)}: {json.dumps(told)}" for title, told in found.items())
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / f"{held.version // 10000}.json").write_text(f"{{\n{lines}\n}}\n")


def _nested(node: Any) -> dict[str, Any]:
    plans = {"Plans": [_nested(child) for child in node.children]} if node.children else {}
    return {**node.told, **plans}


if __name__ == "__main__":
    main()
