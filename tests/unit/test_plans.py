"""Plans as EXPLAIN has told them: what each node took adds up, and what is noticed is so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import plan_queries
import pytest

from mnemo_helpers import plans
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans import Interval, Plan
from mnemo_helpers.plans._interval import total
from mnemo_helpers.plans._node import COUNTS
from mnemo_helpers.plans._read import plan as parsed

CORPUS = plan_queries.corpus()
every_plan = pytest.mark.parametrize("told", CORPUS.values(), ids=CORPUS)


def node(kind: str, *children: dict[str, Any], role: str = "Outer", **told: Any) -> dict[str, Any]:
    """Return a node that was executed once, as EXPLAIN tells it."""
    known = {"Node Type": kind, "Parent Relationship": role, "Plan Rows": 1, "Actual Rows": 1, "Actual Loops": 1}
    return {**known, **{name.replace("_", " "): value for name, value in told.items()}, "Plans": list(children)}


def made(root: dict[str, Any]) -> Plan:
    """Return the plan with that root."""
    return parsed([{"Plan": root}])


def near(figures: Iterable[Interval], whole: Interval) -> bool:
    """Tell whether figures add up to the whole, as well as each is known."""
    summed = total(figures)
    return summed.low <= whole.high + 1e-6 and whole.low <= summed.high + 1e-6


def test_there_are_plans_of_two_versions() -> None:
    """Each statement was asked on PostgreSQL 15 and on 18."""
    assert {name.split()[0] for name in CORPUS} == {"15", "18"}
    assert len(CORPUS) == 2 * len(plan_queries.QUERIES) >= 60


@every_plan
def test_what_the_nodes_took_adds_up(told: Any) -> None:
    """Time on the session's clock, on those of workers, every kind of page and WAL; and nothing is below nothing."""
    plan = parsed(told)
    own, whole = list(plan.owned.nodes.values()), plan.owned.whole
    assert plan.owned.impossible == ()
    assert near((one.ms or Interval(0, 0) for one in own), whole.ms or Interval(0, 0))
    assert near((one.workers_ms for one in own), whole.workers_ms)
    for name in COUNTS:
        assert near((one.counts[name] for one in own), whole.counts[name]), name


@every_plan
def test_every_plan_can_be_drawn(told: Any) -> None:
    """Its tree has a line for each node; its text and its picture carry the same names."""
    plan = parsed(told)
    lines = plan.shown.text.split("\n")
    for one, line in zip(plan.nodes, lines[1:], strict=False):
        assert one.label in line
    assert plan.shown.html.count("<text") > len(plan.nodes)


def test_most_figures_are_known_and_not_only_bounded() -> None:
    """Of all nodes, nine in ten are known to a fiftieth of their statement."""
    sharp = []
    for told in CORPUS.values():
        plan = parsed(told)
        whole = plan.owned.whole.ms
        for own in plan.owned.nodes.values():
            assert own.ms is not None
            assert whole is not None
            sharp.append(own.ms.high - own.ms.low <= whole.high / 50 + 0.01 and own.pages.known)
    assert sum(sharp) / len(sharp) > 0.9


@pytest.mark.parametrize("version", ["15", "18"])
def test_each_of_twelve_initplans_is_charged_to_who_asked(version: str) -> None:
    """The tenth is not taken for the first: a filter that asks for twelve has none of their pages by itself."""
    plan = parsed(CORPUS[f"{version} twelve initplans in filters"])
    asked = [one for one in plan.nodes if one.subplan.startswith("InitPlan")]
    assert len(asked) == 12
    scan = next(one for one in plan.nodes if one.relation == "parents")
    assert plan.own(scan).pages.known
    assert plan.own(scan).pages.low == scan.pages - sum(one.pages for one in asked)


SHARP = ("initplan in an output", "twelve initplans with two users", "with, one name twice", "workers and an initplan")


@pytest.mark.parametrize("version", ["15", "18"])
@pytest.mark.parametrize("name", SHARP)
def test_who_has_executed_what_is_told_where_it_can_be(name: str, version: str) -> None:
    """Two of one name, a first and a tenth, what is only handed on: none of it leaves a number of pages open."""
    plan = parsed(CORPUS[f"{version} {name}"])
    assert all(own.pages.known for own in plan.owned.nodes.values())


@pytest.mark.parametrize("version", ["15", "18"])
def test_a_with_that_is_scanned_twice_is_counted_once(version: str) -> None:
    """Its pages are those of its own scan; both scans of it together had no other."""
    plan = parsed(CORPUS[f"{version} with, scanned twice"])
    assert near((plan.own(one).pages for one in plan.nodes), Interval(plan.buffers, plan.buffers))
    scans = [one for one in plan.nodes if one.type == "CTE Scan"]
    assert len(scans) == 2
    assert all(plan.own(scan).pages.low == 0 for scan in scans)


@pytest.mark.parametrize("version", ["15", "18"])
def test_without_the_leader_its_clock_stands_still_below_the_gather(version: str) -> None:
    """What only workers execute takes no time of the session; the wait for them is the Gather's own."""
    plan = parsed(CORPUS[f"{version} workers without the leader"])
    gather = next(one for one in plan.nodes if one.parallel)
    for one in gather.children:
        assert plan.own(one).ms == Interval(0, 0)
        assert plan.own(one).workers_ms.low > 0
    assert plan.owned.whole.workers_ms.low > 0


def test_without_what_each_worker_did_the_clocks_are_bounded() -> None:
    """A plan from elsewhere, without VERBOSE, leaves open who did how much; nothing is made up."""
    scan = node("Seq Scan", Actual_Total_Time=10.0, Actual_Loops=3)
    plan = made(node("Gather", scan, Actual_Total_Time=12.0, Workers_Launched=2))
    own = plan.own(plan.nodes[1]).ms
    assert own is not None
    assert own.low == 0
    assert own.high >= 30
    assert near((one.ms for one in plan.owned.nodes.values() if one.ms), Interval(12, 12))


def test_figures_that_cannot_be_are_said() -> None:
    """A node below that has more pages than the one above: the plan is not whole, and it is named."""
    plan = made(node("Limit", node("Seq Scan", Shared_Hit_Blocks=9), Shared_Hit_Blocks=3))
    assert plan.owned.impossible == (1,)


def test_what_a_limit_has_stopped_is_no_misestimate() -> None:
    """Below a LIMIT that had enough, rows that did not come were not asked for; once a Sort has read all, they were."""
    scan = node("Seq Scan", Plan_Rows=100_000, Actual_Rows=5, Relation_Name="t")
    stopped = made(node("Limit", scan, Plan_Rows=5, Actual_Rows=5))
    assert stopped.misestimate(stopped.nodes[1]) is None
    assert plans.find(stopped) == ()
    not_enough = made(node("Limit", scan, Plan_Rows=10, Actual_Rows=5))
    assert not_enough.misestimate(not_enough.nodes[1]) == 20_000
    sorted_ = made(node("Limit", node("Sort", scan, Plan_Rows=100_000, Actual_Rows=5), Plan_Rows=5, Actual_Rows=5))
    assert sorted_.misestimate(sorted_.nodes[1]) is None
    assert sorted_.misestimate(sorted_.nodes[2]) == 20_000
    assert [finding.node.number for finding in plans.find(sorted_)] == [3]


@pytest.mark.parametrize("parent", ["Merge Join", "Nested Loop"])
def test_what_a_join_may_have_stopped_is_no_misestimate(parent: str) -> None:
    """A merge may end before its inputs; a loop that wants one match stops at it."""
    one, other = (node("Seq Scan", role=role, Plan_Rows=100_000) for role in ("Outer", "Inner"))
    plan = made(node(parent, one, other, Join_Type="Semi"))
    assert plan.misestimate(plan.nodes[2]) is None


@pytest.mark.parametrize("kind", ["BitmapAnd", "BitmapOr"])
def test_rows_that_are_not_counted_are_no_misestimate(kind: str) -> None:
    """EXPLAIN says 0 of what joins bitmaps, however many there are; no number is drawn, and no alarm raised."""
    scans = (node("Bitmap Index Scan", Plan_Rows=900, Actual_Rows=900) for _ in range(2))
    plan = made(node("Bitmap Heap Scan", node(kind, *scans, Plan_Rows=300, Actual_Rows=0), Plan_Rows=3, Actual_Rows=3))
    assert plan.misestimate(plan.nodes[1]) is None
    assert plans.find(plan) == ()
    assert "?" in next(line for line in plan.shown.text.split("\n") if kind in line)


def test_a_branch_that_was_never_executed_raises_no_alarm() -> None:
    """Its rows are none because nobody asked; it has no own time, and no finding."""
    scan = node("Seq Scan", role="Inner", Plan_Rows=100_000, Actual_Rows=0, Actual_Loops=0, Relation_Name="t")
    plan = made(node("Nested Loop", node("Seq Scan", Actual_Rows=0), scan, Actual_Rows=0))
    assert plan.misestimate(plan.nodes[2]) is None
    assert plans.find(plan) == ()
    assert "never executed" in plan.shown.text


@every_plan
def test_no_finding_is_about_what_was_not_executed(told: Any) -> None:
    """And each has a sentence and a cell to run."""
    for finding in plans.find(parsed(told)):
        assert finding.node.loops
        assert finding.says.endswith(".")
        assert finding.experiment


SCAN = {"Relation_Name": "orders", "Alias": "o", "Actual_Rows": 10, "Plan_Rows": 10}
FOUND = {
    "misestimate": node(
        "Seq Scan", **{**SCAN, "Plan_Rows": 5_000, "Filter": "((o.a = 1) AND (o.b = 'x and y'::text))"}
    ),
    "rows removed": node("Seq Scan", **SCAN, Filter="(o.status = 'paid'::text)", Rows_Removed_by_Filter=90_000),
    "heap fetches": node("Index Only Scan", **{**SCAN, "Actual_Rows": 1000, "Plan_Rows": 1000}, Heap_Fetches=900),
    "spill": node("Sort", node("Seq Scan"), Sort_Space_Type="Disk", Temp_Read_Blocks=20, Temp_Written_Blocks=20),
    "loops": node(
        "Nested Loop",
        node("Seq Scan", Actual_Rows=5000, Plan_Rows=5000),
        node("Index Scan", role="Inner", Actual_Loops=5000, Shared_Hit_Blocks=15_000, Relation_Name="orders"),
        Shared_Hit_Blocks=15_010,
    ),
    "sort": node(
        "Sort",
        node("Seq Scan", **{**SCAN, "Actual_Rows": 30_000, "Plan_Rows": 30_000}),
        Sort_Key=["o.placed_at DESC", "o.order_id"],
    ),
    "hidden by a function": node(
        "Seq Scan", **SCAN, Filter="(lower((o.email)::text) = 'a@example.com'::text)", Rows_Removed_by_Filter=90_000
    ),
    "lossy bitmap": node("Bitmap Heap Scan", **SCAN, Lossy_Heap_Blocks=40, Exact_Heap_Blocks=2),
}
TRIES = {
    "misestimate": "CREATE STATISTICS tried ON a, b FROM orders",
    "rows removed": "CREATE INDEX ON orders (status)",
    "heap fetches": "VACUUM orders",
    "spill": "SET LOCAL work_mem",
    "loops": "SET LOCAL enable_nestloop = off",
    "sort": "CREATE INDEX ON orders (placed_at DESC, order_id)",
    "hidden by a function": "CREATE INDEX ON orders (lower(email))",
    "lossy bitmap": "SET LOCAL work_mem",
}


@pytest.mark.parametrize(
    "condition", ["(o.a = (InitPlan 1).col1)", "(o.a = $0)", "((o.b = '$0'::text) AND (o.a = $1))"]
)
def test_a_value_that_was_not_there_when_it_was_planned_is_named(condition: str) -> None:
    """No statistic helps where the value comes from a subquery or a parameter, and none is proposed."""
    (finding,) = plans.find(made(node("Seq Scan", **{**SCAN, "Plan_Rows": 5_000, "Filter": condition})))
    assert "planned without a value" in finding.says
    assert "ask for the value first" in finding.experiment
    assert "STATISTICS" not in finding.experiment


def test_one_row_is_one_row() -> None:
    """What was expected is said in the singular where it was one."""
    (finding,) = plans.find(made(node("Seq Scan", **{**SCAN, "Plan_Rows": 1, "Actual_Rows": 900})))
    assert "expected 1 row and there were 900" in finding.says


def test_a_dollar_in_a_text_is_no_missing_value() -> None:
    """Old statistics are tried before statistics on several columns."""
    told = {**SCAN, "Plan_Rows": 5_000, "Filter": "((o.a = '$1'::text) AND (o.b = 2))"}
    (finding,) = plans.find(made(node("Seq Scan", **told)))
    assert "planned without" not in finding.says
    assert finding.experiment.index("\nANALYZE orders") < finding.experiment.index("CREATE STATISTICS tried ON a, b")


@pytest.mark.parametrize("kind", FOUND)
def test_each_kind_of_finding_comes_with_its_experiment(kind: str) -> None:
    """What was measured is said, nothing else is found, and the cell tries what would show more."""
    finding, *others = plans.find(made(FOUND[kind]))
    assert (finding.kind, others) == (kind, [])
    assert TRIES[kind] in finding.experiment


def test_a_crumb_is_no_finding() -> None:
    """A filter that throws rows away in a small table raises no alarm beside one that reads for seconds."""
    small = node("Seq Scan", **SCAN, Rows_Removed_by_Filter=2_000, Actual_Total_Time=0.2, Shared_Hit_Blocks=20)
    large = node("Seq Scan", role="Inner", Relation_Name="events", Actual_Total_Time=90.0, Shared_Hit_Blocks=9000)
    plan = made(node("Hash Join", small, large, Actual_Total_Time=95.0, Shared_Hit_Blocks=9020))
    assert plans.find(plan) == ()


def test_what_is_asked_of_a_plan() -> None:
    """Which index is used, how a table is read, whether it sorts, which partitions are read."""
    plan = parsed(CORPUS["18 index only scan"])
    assert plan.uses("children_amount")
    assert not plan.uses("children_parent")
    assert plan.scans("children") == "Index Only Scan"
    assert plan.scans("parents") == ""
    assert not plan.sorts()
    assert parsed(CORPUS["18 sort on disk"]).sorts()
    assert parsed(CORPUS["18 append, pruned when planned"]).partitions("log") == ("log_1",)
    assert parsed(CORPUS["18 append"]).partitions("log") == ("log_1", "log_2", "log_3")
    assert parsed(CORPUS["18 append, pruned at the start"]).partitions("log") == ("log_1",)


def test_a_plan_that_was_not_executed_says_so() -> None:
    """It can be drawn and asked for its shape; what it took is refused with what to do."""
    plan = parsed([{"Plan": {"Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 7, "Total Cost": 3.5}}])
    assert "It was not executed" in plan.shown.text
    assert plan.scans("t") == "Seq Scan"
    assert plans.find(plan) == ()
    for ask in (lambda: plan.buffers, lambda: plan.ms, lambda: plan.rows, lambda: plan.owned, lambda: plan.wal_bytes):
        with pytest.raises(MnemoError, match="was not executed"):
            ask()


TEXT = "Result  (cost=0.00..0.01 rows=1 width=4)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no plan in JSON"),
        ("nonsense", "no plan in JSON"),
        (TEXT, "is text"),
        ('- Plan: \n    Node Type: "Result"', "is YAML"),
        ('<explain xmlns="http://www.postgresql.org/2009/explain">', "is XML"),
        ('[{"Plan": {"Node Type": "Result"', "ends too early"),
        ("[]", "There are 0 plans"),
        ("[1, 2]", "There are 2 plans"),
        ("[{}]", "has no Plan"),
        ('[{"Plan": {"Node Type": 1}}]', "no Node Type"),
        ('[{"Plan": {"Node Type": "Limit", "Plans": [3]}}]', "no Node Type"),
        ('[{"Plan": {"Node Type": "Limit", "Plans": 3}}]', "no list"),
        ("[" * 20_000, "levels deep"),
    ],
)
def test_what_is_no_plan_gets_a_sentence(text: str, said: str) -> None:
    """Text, YAML, XML, half a plan, something else: each is told apart."""
    with pytest.raises(MnemoError, match=said):
        plans.read(text)


def test_a_plan_is_read_as_psql_and_auto_explain_print_it() -> None:
    """With a heading and plus signs, or with what was measured before it."""
    told = json.dumps(CORPUS["18 hash join"], indent=2)
    psql = "QUERY PLAN\n" + "-" * 20 + "\n " + told.replace("\n", "+\n ") + "\n(1 row)\n"
    assert plans.read(psql).root.type == "Aggregate"
    logged = "LOG:  duration: 3.2 ms  plan:\n" + json.dumps({"Query Text": "SELECT", **CORPUS["18 hash join"][0]})
    assert plans.read(logged).root.type == "Aggregate"


def test_a_plan_of_500_levels_and_one_of_1600_columns() -> None:
    """Neither depth nor width is too much."""
    text = '{"Node Type": "Limit", "Actual Loops": 1, "Actual Total Time": 1.0, "Plans": [' * 500
    deep = plans.read(f'[{{"Plan": {text}{{"Node Type": "Result"}}{"]}" * 500}}}]')
    assert len(deep.nodes) == 501
    assert "Result" in deep.shown.text
    wide = made(node("Seq Scan", Output=[f"t.column_{n}" for n in range(1600)], Relation_Name="t"))
    assert "Seq Scan on t" in wide.shown.text
