"""Exercises of lesson 2.2."""

from mnemo_helpers.grading import Read, choice, index, prediction, wrong

pages_of_a_lookup = prediction(
    "2.2.1",
    minutes=2,
    label="pages",
    unit="pages",
    measure="""
        -- As many levels as it takes to divide all rows by 300 until one page is left, and the page of the row.
        SELECT ceil(log(300, count(*))) + 1 AS pages FROM events
    """,
    within_factor=1.3,
    because={
        "too_low": "One page of each level of the index, and the page on which the row lies.",
        "too_high": "A page has room for some 300 entries, so that each step leaves one part of 300, not one half.",
    },
)

one_stretch = choice(
    "2.2.2",
    minutes=3,
    options={
        "a": "WHERE tenant_id = 3 AND placed_at >= '2025-12-01'",
        "b": "WHERE status = 'delivered' AND placed_at >= '2025-12-01'",
        "c": "WHERE tenant_id = 3 AND status = 'delivered' AND placed_at >= '2025-12-01'",
        "d": "WHERE tenant_id <= 3 AND status = 'delivered'",
    },
    proof="""
        WITH sorted AS (
            SELECT *, row_number() OVER (ORDER BY tenant_id, status, placed_at, order_id) AS place FROM orders
        ), asked AS (
            SELECT 'a' AS letter, place FROM sorted WHERE tenant_id = 3 AND placed_at >= '2025-12-01' UNION ALL
            SELECT 'b', place FROM sorted WHERE status = 'delivered' AND placed_at >= '2025-12-01' UNION ALL
            SELECT 'c', place FROM sorted
            WHERE tenant_id = 3 AND status = 'delivered' AND placed_at >= '2025-12-01' UNION ALL
            SELECT 'd', place FROM sorted WHERE tenant_id <= 3 AND status = 'delivered'
        )
        SELECT letter FROM asked GROUP BY letter HAVING max(place) - min(place) + 1 = count(*)
    """,
    because={
        "a": "Between the seller and the time stands the state, which is not asked for: a stretch for each state.",
        "b": "It leaves out the first column: a stretch for each seller.",
        "d": "The range comes before what is asked with =: a stretch for each of the sellers, and between "
        "them lie their other states.",
    },
)


def calls(topic: str, month: str = "n * interval '13 minutes'") -> str:
    """Return statements that make 40,000 calls, each on that topic and after that time."""
    return f"""
        CREATE TABLE calls (
            call_id integer PRIMARY KEY, agent_id integer NOT NULL, topic_id integer NOT NULL,
            began_at timestamptz NOT NULL, seconds integer NOT NULL, note text NOT NULL
        );
        INSERT INTO calls
        SELECT n, 1 + n * 7919 % 10, {topic}, '2025-01-01'::timestamptz + {month}, n % 900, repeat('x', 40)
        FROM generate_series(1, 40000) AS n
    """


AGENTS = ({"agent": 3, "topic": 4}, {"agent": 8, "topic": 21})

hotline = index(
    "2.2.3",
    minutes=6,
    states={
        "as shown, thirty topics": calls("1 + (hashint4(n) & 1023) % 30"),
        "a year later, and one topic in front": calls(
            "CASE WHEN hashint4(n) % 3 = 0 THEN 4 ELSE 1 + (hashint4(n) & 1023) % 30 END",
            "interval '1 year' + n * interval '13 minutes'",
        ),
    },
    reads={
        "calls of an agent": Read("SELECT count(*) FROM calls WHERE agent_id = :agent", AGENTS, most_pages=30),
        "calls of an agent on a topic": Read(
            "SELECT count(*) FROM calls WHERE agent_id = :agent AND topic_id = :topic", AGENTS, most_pages=12
        ),
        "those of a week": Read(
            "SELECT count(*) FROM calls WHERE agent_id = :agent AND topic_id = :topic"
            " AND began_at >= '2025-06-02' AND began_at < '2025-06-09'",
            AGENTS,
            most_pages=5,
        ),
        "one call": Read("SELECT * FROM calls WHERE call_id = 17"),
    },
    writes={
        "200 calls": "INSERT INTO calls SELECT 50000 + n, 1 + n % 9, 4, now(), 1, 'x' FROM generate_series(1, 200) AS n"
    },
    most_bytes=1700 * 1024,
    most_records=1.6,
    reference="CREATE INDEX ON calls (agent_id, topic_id, began_at)",
    accepts=(
        "CREATE INDEX CONCURRENTLY by_agent ON calls (agent_id, topic_id DESC, began_at DESC)",
        "CREATE UNIQUE INDEX ON calls (agent_id, topic_id, began_at, call_id)",
        "CREATE INDEX ON calls USING btree (agent_id ASC, topic_id, began_at) WITH (fillfactor = 100)",
    ),
    rejects={
        "range_in_the_middle": wrong(
            "CREATE INDEX ON calls (agent_id, began_at, topic_id)",
            "The time is asked for as a range, and in one question not at all. Before the topic it parts the calls "
            "of a topic from one another.",
        ),
        "many_values_first": wrong(
            "CREATE INDEX ON calls (began_at, agent_id, topic_id)",
            "That a column has the most values is no reason to put it first. Two questions say nothing of the time.",
        ),
        "topic_first": wrong(
            "CREATE INDEX ON calls (topic_id, agent_id, began_at)",
            "One question gives the agent alone, and in this index an agent's calls lie in thirty places.",
        ),
        "without_the_time": wrong(
            "CREATE INDEX ON calls (agent_id, topic_id)",
            "Which of the calls are of that week stands in the table only, so each call on the topic is looked up.",
        ),
        "time_beside": wrong(
            "CREATE INDEX ON calls (agent_id, topic_id) INCLUDE (began_at)",
            "The time stands in the index and takes no part in its order: all calls on the topic are walked through "
            "for one week, and the longer the hotline is there, the more of them.",
        ),
        "nothing": wrong("none", "As things are, the table is read for each of the three questions."),
        "agent_alone": wrong(
            "CREATE INDEX ON calls (agent_id)",
            "It serves the first question. For the others all calls of the agent are looked up in the table.",
        ),
        "an_index_for_each_question": wrong(
            "CREATE INDEX ON calls (agent_id); CREATE INDEX ON calls (agent_id, topic_id);"
            "CREATE INDEX ON calls (agent_id, topic_id, began_at)",
            "The third one serves all three questions, since it begins with the columns of the others.",
        ),
        "an_index_for_each_column": wrong(
            "CREATE INDEX ON calls (agent_id); CREATE INDEX ON calls (topic_id); CREATE INDEX ON calls (began_at)",
            "Indexes on single columns are laid over one another row by row; none of them has calls of an agent on a "
            "topic side by side.",
        ),
    },
    hints=(
        "Look at the three questions: which column do all of them give, and with =?",
        "Of (a, b, c) the questions by a, by a and b, and by all three are served, each as one stretch.",
        "The agent first, then the topic, and the range last.",
    ),
)


def alarms(ward: str, urgency: str) -> str:
    """Return statements that make 30,000 alarms, each of that ward and that urgent."""
    return f"""
        CREATE TABLE alarms (
            alarm_id integer PRIMARY KEY, ward_id integer NOT NULL, urgency integer NOT NULL,
            raised_at timestamptz NOT NULL, told text NOT NULL
        );
        INSERT INTO alarms
        SELECT n, {ward}, {urgency}, '2025-03-01'::timestamptz + n * interval '20 seconds', repeat('x', 50)
        FROM generate_series(1, 30000) AS n
    """


WARDS = ({"ward": 2}, {"ward": 17})

screen = index(
    "2.2.4",
    minutes=6,
    states={
        "as shown": alarms("1 + (hashint4(n) & 1023) % 20", "1 + (hashint4(-n) & 1023) % 5"),
        "a ward with few alarms, none of them urgent": alarms(
            "CASE WHEN n % 500 = 0 THEN 17 ELSE 1 + (hashint4(n) & 1023) % 16 END",
            "CASE WHEN n % 500 = 0 THEN 1 ELSE 1 + (hashint4(-n) & 1023) % 5 END",
        ),
    },
    reads={
        "the screen of a ward": Read(
            "SELECT * FROM alarms WHERE ward_id = :ward ORDER BY urgency DESC, raised_at LIMIT 20",
            WARDS,
            most_pages=30,
            sorts=False,
        ),
        "one alarm": Read("SELECT * FROM alarms WHERE alarm_id = 17"),
    },
    writes={
        "200 alarms": "INSERT INTO alarms SELECT 40000 + n, 1 + n % 20, 3, now(), 'x' FROM generate_series(1, 200) AS n"
    },
    most_bytes=1300 * 1024,
    most_records=1.6,
    reference="CREATE INDEX ON alarms (ward_id, urgency DESC, raised_at)",
    accepts=(
        "CREATE INDEX ON alarms (ward_id, urgency, raised_at DESC)",
        "CREATE INDEX ON alarms (ward_id DESC, urgency DESC, raised_at ASC)",
        "CREATE UNIQUE INDEX screen ON alarms (ward_id, urgency DESC NULLS FIRST, raised_at, alarm_id)",
    ),
    rejects={
        "one_direction": wrong(
            "CREATE INDEX ON alarms (ward_id, urgency, raised_at)",
            "Read forward it gives the least urgent first, read backward the newest first. Asked is one column "
            "down and one up.",
        ),
        "both_down": wrong(
            "CREATE INDEX ON alarms (ward_id, urgency DESC, raised_at DESC)",
            "Of the most urgent ones it gives the newest first, and those that have waited longest are asked for.",
        ),
        "time_before_urgency": wrong(
            "CREATE INDEX ON alarms (ward_id, raised_at, urgency DESC)",
            "It is in order of time, and of urgency only among alarms of the same moment.",
        ),
        "urgency_alone": wrong(
            "CREATE INDEX ON alarms (ward_id, urgency DESC)",
            "Which of the equally urgent ones has waited longest stands in the table only: all of them are fetched and "
            "sorted.",
        ),
        "time_alone": wrong(
            "CREATE INDEX ON alarms (ward_id, raised_at)",
            "It is in order of time, and the urgent ones come first: they may stand anywhere in it.",
        ),
        "ward_alone": wrong(
            "CREATE INDEX ON alarms (ward_id)",
            "It finds the alarms of the ward, all of them, and they are sorted to throw away all but twenty.",
        ),
        "order_alone": wrong(
            "CREATE INDEX ON alarms (urgency DESC, raised_at)",
            "It is in the right order for all wards at once: on the way to twenty of one ward, those of all others are "
            "looked at.",
        ),
        "ward_last": wrong(
            "CREATE INDEX ON alarms (urgency DESC, raised_at, ward_id)",
            "The ward is what is asked with =. Behind the others it only tells which entries to leave out.",
        ),
    },
    hints=(
        "The screen is of one ward. What must come first, so that its alarms lie side by side?",
        "Within the ward: in which order are they asked for, and in which direction each?",
        "Read from either end, an index turns all its columns round. One of the two needs DESC, and the other not.",
    ),
)


def passes(gates: int, persons: str) -> str:
    """Return statements that make 40,000 passes through so many gates, each of so many persons."""
    return f"""
        CREATE TABLE passes (
            pass_id integer PRIMARY KEY, gate_id integer NOT NULL, persons integer NOT NULL,
            passed_at timestamptz NOT NULL, card text NOT NULL
        );
        INSERT INTO passes
        SELECT n, 1 + (hashint4(n) & 65535) % {gates}, {persons},
            '2025-07-01'::timestamptz + n * interval '9 seconds', md5(n::text)
        FROM generate_series(1, 40000) AS n
    """


GATES = ({"gate": 3}, {"gate": 11})

visitors = index(
    "2.2.5",
    minutes=6,
    states={
        "as shown, 25 gates": passes(25, "1 + (hashint4(-n) & 1023) % 10"),
        "another park, 16 gates, and groups of up to 30": passes(16, "1 + (hashint4(-n) & 1023) % 30"),
    },
    reads={
        "visitors through a gate": Read(
            "SELECT sum(persons) FROM passes WHERE gate_id = :gate",
            GATES,
            most_pages=12,
            by={"passes": ("Index Only Scan",)},
        ),
        "one pass": Read("SELECT * FROM passes WHERE pass_id = 17"),
    },
    writes={
        "200 passes": "INSERT INTO passes SELECT 50000 + n, 1 + n % 16, 2, now(), 'x' FROM generate_series(1, 200) AS n"
    },
    most_bytes=400 * 1024,
    most_records=1.6,
    reference="CREATE INDEX ON passes (gate_id, persons)",
    accepts=(
        "CREATE INDEX CONCURRENTLY ON passes (gate_id DESC, persons DESC)",
        "CREATE INDEX by_gate ON passes USING btree (gate_id, persons) WITH (fillfactor = 95)",
        "CREATE INDEX ON passes (gate_id, persons) WHERE gate_id IS NOT NULL",
    ),
    rejects={
        "included": wrong(
            "CREATE INDEX ON passes (gate_id) INCLUDE (persons)",
            "It answers the question alone, and keeps an entry for each pass: in an index with INCLUDE, equal entries "
            "are not kept together. There are few gates and few numbers of persons.",
        ),
        "not_covered": wrong(
            "CREATE INDEX ON passes (gate_id)",
            "It finds the passes, and how many persons they are for stands in the table only.",
        ),
        "nothing": wrong("none", "As things are, the table is read for each gate."),
        "persons_alone": wrong(
            "CREATE INDEX ON passes (persons)",
            "It is in order of the persons, and it is the gate that is asked for.",
        ),
        "time_behind": wrong(
            "CREATE INDEX ON passes (gate_id, passed_at)",
            "It finds the passes of a gate in order of time, and nobody asks for the time. How many persons they are "
            "for stands in the table only.",
        ),
        "persons_first": wrong(
            "CREATE INDEX ON passes (persons, gate_id)",
            "It has all that is asked for, and the passes of a gate lie in as many places as groups have sizes.",
        ),
        "all_columns": wrong(
            "CREATE INDEX ON passes (gate_id, persons, passed_at, card)",
            "Nobody asks for the time and the card, and with them no two entries are equal: it is the table once more.",
        ),
        "two_indexes": wrong(
            "CREATE INDEX ON passes (gate_id); CREATE INDEX ON passes (persons)",
            "Two indexes do not cover together: neither knows which persons belong to which gate.",
        ),
    },
    hints=(
        "Which two columns does the question name, and which of them stands in the condition?",
        "Both in one index. Look at the bytes: how many different pairs of gate and persons are there?",
        "As key columns, equal pairs are kept once with a list of addresses; beside the key they are not.",
    ),
)


def readings(meters: int) -> str:
    """Return statements that make 40,000 readings of so many meters, hour by hour."""
    return f"""
        CREATE TABLE readings (
            meter_id integer NOT NULL, read_at timestamp NOT NULL, litres integer NOT NULL, sender text NOT NULL,
            PRIMARY KEY (read_at, meter_id)
        );
        INSERT INTO readings
        SELECT 1 + n % {meters}, '2025-05-01'::timestamp + n / {meters} * interval '1 hour', hashint4(n) & 63,
            md5(n::text) FROM generate_series(0, 39999) AS n
    """


METERS = ({"meter": 7}, {"meter": 16})

meters = index(
    "2.2.6",
    minutes=6,
    optional=True,
    states={"as shown, 400 meters": readings(400), "a village, 20 meters": readings(20)},
    reads={
        "a household's day": Read(
            "SELECT sum(litres) FROM readings WHERE meter_id = :meter"
            " AND read_at >= '2025-05-03' AND read_at < '2025-05-04'",
            METERS,
            most_pages=6,
            by={"readings": ("Index Only Scan",)},
        ),
        "an hour of the district": Read("SELECT sum(litres) FROM readings WHERE read_at = '2025-05-03 08:00'"),
    },
    writes={
        "an hour's readings": "INSERT INTO readings SELECT n, '2030-01-01', 5, 'x' FROM generate_series(1, 200) AS n"
    },
    most_bytes=1700 * 1024,
    most_records=1.6,
    reference="CREATE INDEX ON readings (meter_id, read_at) INCLUDE (litres)",
    accepts=(
        "CREATE INDEX ON readings (meter_id, read_at, litres)",
        "CREATE INDEX CONCURRENTLY ON readings (meter_id, read_at DESC, litres)",
        "CREATE UNIQUE INDEX ON readings (meter_id, read_at) INCLUDE (litres)",
    ),
    rejects={
        "not_covered": wrong(
            "CREATE INDEX ON readings (meter_id, read_at)",
            "It finds the readings, and how many litres stands in the table only.",
        ),
        "meter_alone": wrong(
            "CREATE INDEX ON readings (meter_id)",
            "It finds all readings of the meter, and which of them are of that day stands in the table only.",
        ),
        "all_columns": wrong(
            "CREATE INDEX ON readings (meter_id, read_at) INCLUDE (litres, sender)",
            "Nobody asks for the sender, and it is the widest column of all.",
        ),
        "time_first": wrong(
            "CREATE INDEX ON readings (read_at, meter_id) INCLUDE (litres)",
            "It covers the question, and walks through the day of all meters, as the key does already.",
        ),
        "litres_in_between": wrong(
            "CREATE INDEX ON readings (meter_id, litres, read_at)",
            "Everything is in it, and a day's readings are not side by side: before the time it is sorted by litres.",
        ),
        "time_beside": wrong(
            "CREATE INDEX ON readings (meter_id) INCLUDE (read_at, litres)",
            "What is included takes no part in the order: all readings of the meter are walked through for one day.",
        ),
        "litres_alone": wrong(
            "CREATE INDEX ON readings (litres)", "It is in order of litres, and nobody asks for a number of litres."
        ),
    },
    hints=(
        "Which columns does the question name, also behind SELECT?",
        "The meter is asked with =, the time with a range. Where must the litres stand, if they are in no condition?",
        "Behind the others: as the last column, or included.",
    ),
)
