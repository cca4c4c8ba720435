"""Exercises as values, and verdicts on answers to them.

A lesson's ``exercises.py`` holds values made by ``query``, ``schema``, ``counterexample``, ``relation``, ``stage``,
``index``, ``prediction`` and ``choice``. ``check`` judges an answer, on real databases where it is about rows, and
notes nothing; ``attempt`` notes it too.
"""

from mnemo_helpers.grading._attempts import attempt, hint, measure, missed, progress, solution
from mnemo_helpers.grading._check import check, judge
from mnemo_helpers.grading._choice import Choice, choice
from mnemo_helpers.grading._claims import Alike, Rule, alike, determines, joins_back, keeps, never
from mnemo_helpers.grading._counterexample import Counterexample, counterexample
from mnemo_helpers.grading._exercise import Exercise, FreeAnswer, Verdict, Wrong, wrong
from mnemo_helpers.grading._histories import History, RoundTrip, at, history, refused, reload, round_trip
from mnemo_helpers.grading._index import Indexed, Read, index
from mnemo_helpers.grading._inventory import exercise, exercises
from mnemo_helpers.grading._prediction import Prediction, prediction
from mnemo_helpers.grading._query import Query, query
from mnemo_helpers.grading._relation import Closure, Cover, Dependencies, Keys, Parts, Reasoning, relation
from mnemo_helpers.grading._schema import Schema, schema
from mnemo_helpers.grading._sections import Action, Question
from mnemo_helpers.grading._stage import Interleaved, Invariant, Level, Order, Raced, Steps, stage

__all__ = [
    "Action",
    "Alike",
    "Choice",
    "Closure",
    "Counterexample",
    "Cover",
    "Dependencies",
    "Exercise",
    "FreeAnswer",
    "History",
    "Indexed",
    "Interleaved",
    "Invariant",
    "Keys",
    "Level",
    "Order",
    "Parts",
    "Prediction",
    "Query",
    "Question",
    "Raced",
    "Read",
    "Reasoning",
    "RoundTrip",
    "Rule",
    "Schema",
    "Steps",
    "Verdict",
    "Wrong",
    "alike",
    "at",
    "attempt",
    "check",
    "choice",
    "counterexample",
    "determines",
    "exercise",
    "exercises",
    "hint",
    "history",
    "index",
    "joins_back",
    "judge",
    "keeps",
    "measure",
    "missed",
    "never",
    "prediction",
    "progress",
    "query",
    "refused",
    "relation",
    "reload",
    "round_trip",
    "schema",
    "solution",
    "stage",
    "wrong",
]
