"""Exercises of lesson 0.1."""

from mnemo_helpers.grading import choice, prediction, query, wrong


def planned(values: str) -> str:
    """Return SQL that fills an empty schema with flights of one summer day.

    Args:
        values: rows of (carrier, flight, origin, scheduled, left, minutes late, landed), times as hhmm.
    """
    return f"""
        INSERT INTO airlines VALUES ('AA', 'American Airlines Inc.'), ('B6', 'JetBlue Airways'),
            ('UA', 'United Air Lines Inc.');
        INSERT INTO airports (faa, name, lat, lon, alt, tz, dst)
            VALUES ('EWR', 'Newark', 41, -74, 18, -5, 'A'), ('JFK', 'Kennedy', 41, -74, 13, -5, 'A'),
                   ('LGA', 'La Guardia', 41, -74, 22, -5, 'A'), ('BOS', 'Logan', 42, -71, 19, -5, 'A');
        INSERT INTO flights (year, month, day, dep_time, sched_dep_time, dep_delay, arr_time, sched_arr_time,
                             carrier, flight, origin, dest, distance, hour, minute, time_hour)
        SELECT 2013, 7, 1, dep_time::smallint, sched_dep_time, dep_delay::integer, arr_time::smallint, 2359,
               carrier, flight, origin, 'BOS', 190, sched_dep_time / 100, sched_dep_time % 100,
               timestamptz '2013-07-01 04:00+00' + make_interval(hours => sched_dep_time / 100)
        FROM (VALUES {values})
            AS v (carrier, flight, origin, sched_dep_time, dep_time, dep_delay, arr_time);
    """


never_left = prediction(
    "0.1.1",
    minutes=1,
    label="flights",
    unit="flights",
    measure="SELECT count(*) FROM flights WHERE dep_time IS NULL",
    within_factor=2,
    because={
        "too_low": "A year has storms in it. It is about one flight in forty.",
        "too_high": "Most flights do leave. It is about one flight in forty.",
    },
)

cancelled_by_airport = query(
    "0.1.2",
    minutes=4,
    reference="SELECT origin, count(*) AS cancelled FROM flights WHERE dep_time IS NULL GROUP BY origin",
    rows={
        "three flights, cancelled at two airports and flown from the third": planned("""
            ('AA', 1, 'JFK', 600, NULL, NULL, NULL), ('UA', 2, 'LGA', 700, NULL, NULL, NULL),
            ('UA', 3, 'EWR', 800, 755, -5, 930)
        """),
        "five flights of which one left at midnight and one was never seen to land": planned("""
            ('AA', 1, 'JFK', 600, NULL, NULL, NULL), ('AA', 2, 'JFK', 2355, 0, 5, 130),
            ('B6', 3, 'JFK', 800, 801, 1, NULL),
            ('UA', 4, 'LGA', 900, NULL, NULL, NULL), ('UA', 5, 'LGA', 1000, NULL, NULL, NULL)
        """),
    },
    accepts=(
        "SELECT origin, count(*) - count(dep_time) FROM flights GROUP BY origin HAVING count(*) > count(dep_time)",
        "SELECT origin, count(*) FILTER (WHERE dep_time IS NULL) FROM flights GROUP BY origin "
        "HAVING bool_or(dep_time IS NULL) ORDER BY origin",
        "SELECT origin, sum(CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END) AS n FROM flights GROUP BY 1 "
        "HAVING sum(CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END) > 0 ORDER BY 2 DESC",
    ),
    rejects={
        "equals_null": wrong(
            "SELECT origin, count(*) AS cancelled FROM flights WHERE dep_time = NULL GROUP BY origin",
            "Your condition keeps no row. A missing time cannot be found by comparing: whatever stands on one side of "
            "`=`, `<` or `<>`, with NULL on the other side the result is unknown, and only what is true is kept.",
            hint="SQL has two words of its own for asking whether a value is missing.",
        ),
        "midnight": wrong(
            "SELECT origin, count(*) AS cancelled FROM flights WHERE dep_time = 0 GROUP BY origin",
            "0 is a value, a time on the clock. A time that is missing is NULL, and NULL is not zero.",
        ),
        "airports_with_none": wrong(
            "SELECT origin, count(*) FILTER (WHERE dep_time IS NULL) AS cancelled FROM flights GROUP BY origin",
            "An airport that cancelled nothing is to be left out. Yours has a row for it.",
            hint="A WHERE drops rows before they are grouped, so an airport without any row left has no group.",
        ),
        "every_flight": wrong(
            "SELECT origin, count(*) AS cancelled FROM flights GROUP BY origin",
            "This counts every flight that was planned. Nothing in it asks whether the flight left.",
        ),
        "those_that_left": wrong(
            "SELECT origin, count(*) AS cancelled FROM flights WHERE dep_time IS NOT NULL GROUP BY origin",
            "These are the flights that did leave.",
        ),
        "counts_the_missing_value": wrong(
            "SELECT origin, count(dep_time) AS cancelled FROM flights WHERE dep_time IS NULL GROUP BY origin",
            "`count(dep_time)` counts the values of dep_time, and you have kept the rows that have none. "
            "`count(*)` counts rows.",
        ),
        "never_landed": wrong(
            "SELECT origin, count(*) AS cancelled FROM flights WHERE arr_time IS NULL GROUP BY origin",
            "A flight may leave and never be seen to land where it was expected. It was not cancelled.",
            hint="Which column says that a flight left?",
        ),
    },
    hints=(
        "Look at flight 791 in the table at the beginning of the lesson. What stands in its dep_time?",
        "The gap belongs to the WHERE: it keeps the rows in which dep_time is missing.",
        "Missing is not a value, so it is not compared with `=`. One writes IS, and then the name of what is missing.",
    ),
)

worst_airport = choice(
    "0.1.3",
    minutes=1,
    options={"a": "EWR, Newark", "b": "JFK, John F Kennedy", "c": "LGA, La Guardia"},
    proof="""
        SELECT CASE origin WHEN 'EWR' THEN 'a' WHEN 'JFK' THEN 'b' ELSE 'c' END
        FROM flights
        GROUP BY origin
        ORDER BY count(*) FILTER (WHERE dep_time IS NULL)::numeric / count(*) DESC
        LIMIT 1
    """,
    because={
        "a": "Newark has the longest average delay and the most cancelled flights. But it also has the most flights, "
        "and the question asks for a share.",
        "b": "Kennedy cancels the smallest share of the three.",
    },
    predicts=True,
)

very_late = query(
    "0.1.4",
    minutes=6,
    optional=True,
    reference="SELECT carrier, count(*) AS late FROM flights WHERE dep_delay > 120 GROUP BY carrier ORDER BY late DESC",
    rows={
        "three flights of which one left exactly two hours late": planned("""
            ('AA', 1, 'JFK', 600, 800, 120, 930), ('UA', 2, 'LGA', 700, 901, 121, 1100),
            ('B6', 3, 'EWR', 800, 805, 5, 930)
        """),
        "six flights of which one left 119 minutes late, in another hour": planned("""
            ('AA', 1, 'JFK', 1150, 1349, 119, 1500), ('AA', 2, 'JFK', 1500, 1530, 30, 1900),
            ('B6', 3, 'JFK', 1200, 1600, 240, NULL),
            ('UA', 4, 'LGA', 2300, 130, 150, 300), ('UA', 5, 'LGA', 1000, NULL, NULL, NULL),
            ('UA', 6, 'EWR', 900, 1130, 150, 1300)
        """),
    },
    ordered_by="late DESC",
    accepts=(
        "SELECT carrier, sum(1) FROM flights WHERE dep_delay >= 121 GROUP BY carrier ORDER BY sum(1) DESC, carrier",
        "SELECT carrier, count(*) FILTER (WHERE dep_delay > 120) AS late FROM flights GROUP BY carrier "
        "HAVING bool_or(dep_delay > 120) ORDER BY 2 DESC",
        "WITH late AS (SELECT carrier FROM flights WHERE dep_delay / 60.0 > 2) "
        "SELECT carrier, count(*) AS n FROM late GROUP BY carrier ORDER BY n DESC",
    ),
    rejects={
        "exactly_two_hours": wrong(
            "SELECT carrier, count(*) AS late FROM flights WHERE dep_delay >= 120 GROUP BY carrier ORDER BY late DESC",
            "You count flights that were exactly two hours late. The question says more than two hours.",
        ),
        "clock_as_number": wrong(
            "SELECT carrier, count(*) AS late FROM flights WHERE dep_time - sched_dep_time > 120 "
            "GROUP BY carrier ORDER BY late DESC",
            "These columns hold a time as hours and minutes side by side: 1349 is 13:49. From 11:50 to 13:49 it is 119 "
            "minutes, and 1349 - 1150 is 199.",
            hint="One column holds the delay in minutes already.",
        ),
        "late_at_the_other_end": wrong(
            "SELECT carrier, count(*) AS late FROM flights WHERE arr_delay > 120 GROUP BY carrier ORDER BY late DESC",
            "This is the delay at landing. The question asks when the flight left.",
        ),
        "hours": wrong(
            "SELECT carrier, count(*) AS late FROM flights WHERE dep_delay > 2 GROUP BY carrier ORDER BY late DESC",
            "The column is in minutes, so this asks for more than two minutes.",
        ),
        "carriers_with_none": wrong(
            "SELECT carrier, count(*) FILTER (WHERE dep_delay > 120) AS late FROM flights GROUP BY carrier "
            "ORDER BY late DESC",
            "A carrier that had no such flight is to be left out. Yours has a row for it.",
            hint="A WHERE drops rows before they are grouped, so a carrier without any row left has no group.",
        ),
        "fewest_first": wrong(
            "SELECT carrier, count(*) AS late FROM flights WHERE dep_delay > 120 GROUP BY carrier ORDER BY late",
            "The carrier with the fewest late flights comes first here. Asked is the one with the most.",
            hint="ORDER BY begins with the smallest. One word after the column turns it round.",
        ),
    },
    hints=(
        "Look at the query that counts the flights more than ten hours late. What would you change in it?",
        "Three clauses change: the WHERE, the GROUP BY and the ORDER BY.",
        "Two hours are 120 minutes. Group by carrier, and put the largest count first with DESC.",
    ),
)
