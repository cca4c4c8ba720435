"""Exercises of lesson 1.11."""

from mnemo_helpers.grading import (
    Action,
    Question,
    choice,
    history,
    prediction,
    query,
    refused,
    schema,
    wrong,
)


def flat(values: str) -> str:
    """Return SQL that puts rows into the flat table: carrier, number, local year, month, day, hour, instant."""
    return f"INSERT INTO flights_flat (carrier, flight, year, month, day, hour, time_hour) VALUES {values};"


two_clocks = query(
    "1.11.1",
    minutes=6,
    reference="""
        SELECT carrier, flight, time_hour
        FROM flights_flat
        WHERE time_hour AT TIME ZONE 'America/New_York' <> make_timestamp(year, month, day, hour, 0, 0)
    """,
    rows={
        "one flight that agrees and one whose hour is another": flat("""
            ('UA', 1, 2013, 1, 10, 8, '2013-01-10 13:00+00'), ('UA', 2, 2013, 1, 10, 9, '2013-01-10 13:00+00')
        """),
        "summer and winter, evenings, a day and a year that are others, and the hour that is there twice": flat("""
            ('UA', 3, 2013, 7, 10, 8, '2013-07-10 12:00+00'), ('UA', 4, 2013, 7, 10, 8, '2013-07-10 13:00+00'),
            ('B6', 5, 2013, 1, 31, 22, '2013-02-01 03:00+00'), ('B6', 6, 2013, 7, 31, 22, '2013-08-01 02:00+00'),
            ('B6', 7, 2013, 8, 1, 22, '2013-08-01 02:00+00'), ('DL', 8, 2013, 5, 5, 7, '2014-05-05 11:00+00'),
            ('DL', 9, 2013, 11, 3, 1, '2013-11-03 05:00+00'), ('DL', 10, 2013, 11, 3, 1, '2013-11-03 06:00+00'),
            ('DL', 11, 2013, 6, 9, 15, '2013-07-09 19:00+00')
        """),
    },
    accepts=(
        "SELECT carrier, flight, time_hour FROM flights_flat, LATERAL (SELECT time_hour AT TIME ZONE "
        "'America/New_York' AS local) AS l WHERE (year, month, day, hour) <> (extract(year FROM local), "
        "extract(month FROM local), extract(day FROM local), extract(hour FROM local))",
        "SELECT carrier, flight, time_hour FROM flights_flat WHERE format('%s-%s-%s %s', year, month, day, hour) <> "
        "to_char(time_hour AT TIME ZONE 'America/New_York', 'FMYYYY-FMMM-FMDD FMHH24')",
        "SELECT carrier, flight, time_hour FROM flights_flat EXCEPT ALL SELECT carrier, flight, time_hour "
        "FROM flights_flat WHERE make_date(year, month, day) + hour * interval '1 hour' = "
        "timezone('America/New_York', time_hour)",
    ),
    rejects={
        "always_five_hours": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat WHERE (time_hour AT TIME ZONE 'UTC') - "
            "interval '5 hours' <> make_timestamp(year, month, day, hour, 0, 0)",
            "New York is five hours behind UTC in winter, and four in summer. A zone has a name because its distance "
            "changes.",
            hint="AT TIME ZONE takes the name of a zone, and knows when its clocks are changed.",
        ),
        "clock_of_the_session": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat WHERE extract(hour FROM time_hour) <> hour",
            "extract reads an instant by the clock of your session, which is in UTC. The other columns were read in "
            "New York.",
            hint="First bring the instant to New York's clock, then compare.",
        ),
        "hour_alone": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat "
            "WHERE extract(hour FROM time_hour AT TIME ZONE 'America/New_York') <> hour",
            "You compare the hours only. The right hour of another day is a contradiction too.",
        ),
        "day_alone": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat "
            "WHERE (time_hour AT TIME ZONE 'America/New_York')::date <> make_date(year, month, day)",
            "You compare the days only. Another hour of the right day is a contradiction too.",
        ),
        "no_year": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat, LATERAL (SELECT time_hour AT TIME ZONE "
            "'America/New_York' AS local) AS l WHERE (month, day, hour) <> (extract(month FROM local), "
            "extract(day FROM local), extract(hour FROM local))",
            "A column that is constant today says something all the same: the year belongs to the local time.",
        ),
        "there_and_back": wrong(
            "SELECT carrier, flight, time_hour FROM flights_flat WHERE time_hour <> "
            "make_timestamptz(year, month, day, hour, 0, 0, 'America/New_York')",
            "You make an instant of the local time. In the night of 3 November the hour from one to two was there "
            "twice, and the local time does not tell which it was. From the instant to the clock there is one answer.",
            hint="Which of the two directions is a function?",
        ),
    },
    hints=(
        "time_hour is an instant. year, month, day and hour are what a clock in New York showed. Bring one to the "
        "other.",
        "time_hour AT TIME ZONE 'America/New_York' is what the clock showed, as a timestamp without zone.",
        "make_timestamp(year, month, day, hour, 0, 0) is what the four columns say. Where do the two differ?",
    ),
)

refuted_by_the_list = choice(
    "1.11.2",
    minutes=2,
    options={
        "a": "origin -> origin_name",
        "b": "dest -> dest_name",
        "c": "dest -> dest_tzone",
        "d": "dest_name -> dest_tzone",
    },
    proof="""
        WITH refuted AS (
            SELECT 'd' AS letter FROM airports GROUP BY name HAVING count(DISTINCT tzone) > 1
            UNION ALL SELECT 'a' FROM airports GROUP BY faa HAVING count(DISTINCT name) > 1
            UNION ALL SELECT 'b' FROM airports GROUP BY faa HAVING count(DISTINCT name) > 1
            UNION ALL SELECT 'c' FROM airports GROUP BY faa HAVING count(DISTINCT tzone) > 1
        )
        SELECT string_agg(DISTINCT letter, ' and ') FROM refuted
    """,
    because={
        "a": "A code is given to one airport, and the list has it as its key: it has one name there.",
        "b": "A code is given to one airport, and the list has it as its key: it has one name there.",
        "c": "A code is given to one airport, and the list has it as its key: it has one time zone there.",
    },
    predicts=True,
)

IN_TWO_PLACES = """
    SELECT count(*)
    FROM (
        SELECT left_at, down_at, lag(down_at) OVER one_plane AS earlier_down, lead(left_at) OVER one_plane AS later_left
        FROM (
            SELECT tailnum, time_hour + (minute + dep_delay) * interval '1 minute' AS left_at,
                   time_hour + (minute + dep_delay + air_time) * interval '1 minute' AS down_at
            FROM flights_flat WHERE tailnum IS NOT NULL AND air_time IS NOT NULL
        ) AS flown
        WINDOW one_plane AS (PARTITION BY tailnum ORDER BY left_at)
    ) AS beside
    WHERE left_at < earlier_down OR later_left < down_at
"""

in_two_places = prediction(
    "1.11.3",
    minutes=1,
    label="flights",
    unit="flights",
    measure=IN_TWO_PLACES,
    within_factor=3,
    because={
        "too_low": "A flight lasts for hours. Most of these pairs were planned at different times, so the rule about "
        "the plan has never seen them.",
        "too_high": "Nearly all planes have one flight after the other. It takes a number that was entered wrongly.",
    },
)

FLOWN = """
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    CREATE TABLE flights (
        day       date        NOT NULL,
        carrier   text        NOT NULL,
        flight    integer     NOT NULL,
        origin    text        NOT NULL,
        tailnum   text,
        leaves_at timestamptz NOT NULL,
        left_at   timestamptz,
        down_at   timestamptz,
        PRIMARY KEY (carrier, flight, origin, day)
    );
"""
ONE_PLACE = "ALTER TABLE flights ADD CONSTRAINT one_place EXCLUDE USING gist"
LEFT_FIRST = "ALTER TABLE flights ADD CONSTRAINT left_first CHECK (down_at IS NULL OR left_at IS NOT NULL);"


def flew(
    flight: int, tailnum: str | None, planned: str, left: str | None, down: str | None, day: int = 10
) -> tuple[object, ...]:
    """Return the step that takes a flight in; times are hours and minutes of its day, in UTC."""
    date = f"2013-09-{day:02}"
    times = [None if time is None else f"{date} {time}+00" for time in (planned, left, down)]
    return ("take_in", date, "DL", flight, "JFK", tailnum, *times)


one_place_at_a_time = schema(
    "1.11.4",
    minutes=8,
    given=FLOWN,
    actions=(
        Action(
            "take_in",
            ("day", "carrier", "flight", "origin", "tailnum", "leaves_at", "left_at", "down_at"),
            sql="""
                INSERT INTO flights
                VALUES (:day, :carrier, :flight, :origin, :tailnum, :leaves_at, :left_at, :down_at)
            """,
        ),
    ),
    questions=(Question("taken_in", ("flight",), sql="SELECT flight FROM flights"),),
    legal={
        "A plane leaves again in the minute in which it is down.": history(
            flew(1, "N1", "08:00", "08:00", "10:00"), flew(2, "N1", "10:00", "10:00", "12:00")
        ),
        "Two planes are in the air at once.": history(
            flew(1, "N1", "08:00", "08:00", "10:00"), flew(2, "N2", "08:00", "08:00", "10:00")
        ),
        "Two flights of which nobody knows the plane are in the air at once.": history(
            flew(1, None, "08:00", "08:00", "10:00"), flew(2, None, "08:00", "08:00", "10:00")
        ),
        "A cancelled flight names a plane that left on another flight.": history(
            flew(1, "N1", "08:00", "08:00", "10:00"),
            flew(2, "N1", "08:00", None, None),
            gives={"taken_in": [(1,), (2,)]},
        ),
        "Two flights were planned for one time, and the plane was back before the second left.": history(
            flew(1, "N1", "08:00", "08:00", "09:00"), flew(2, "N1", "08:00", "11:00", "12:00")
        ),
        "Of a flight that was diverted nobody knows when it was down, and its plane flies on the next day.": history(
            flew(1, "N1", "08:00", "08:00", None), flew(1, "N1", "08:00", "08:00", "10:00", day=11)
        ),
    },
    illegal={
        "A plane is in one place at a time.": refused(
            flew(1, "N1", "08:00", "08:00", "13:00"),
            flew(2, "N1", "11:00", "11:00", "16:00"),
            sqlstates=("23P01",),
            at_once=True,
            broken="a plane is in the air on two flights",
        ),
        "What did not leave is not down.": refused(
            flew(1, "N1", "08:00", None, "10:00"), sqlstates=("23514",), broken="a flight is down that never left"
        ),
    },
    reference=f"""
{ONE_PLACE} (
    tailnum WITH =, tstzrange(left_at, down_at) WITH &&
) WHERE (down_at IS NOT NULL);
{LEFT_FIRST}
""",
    accepts=(
        """
ALTER TABLE flights
    ADD COLUMN in_air tstzrange GENERATED ALWAYS AS (CASE WHEN down_at > left_at THEN tstzrange(left_at, down_at) END)
        STORED,
    ADD EXCLUDE USING gist (in_air WITH &&, tailnum WITH =),
    ADD CHECK ((left_at, down_at) IS NOT DISTINCT FROM (NULL, NULL) OR left_at IS NOT NULL);
""",
        f"""
{ONE_PLACE} (
    tailnum WITH =, tstzrange(left_at, coalesce(down_at, left_at)) WITH &&
) WHERE (left_at IS NOT NULL);
ALTER TABLE flights ADD CHECK (NOT (left_at IS NULL AND down_at IS NOT NULL));
""",
    ),
    rejects={
        "the_minute_of_the_plan": wrong(
            f"ALTER TABLE flights ADD UNIQUE (tailnum, leaves_at); {LEFT_FIRST}",
            "That is the rule about the plan. It refuses flights that are right, and two flights that were planned for "
            "different times pass, however long the first one lasts.",
            hint="From when to when is a plane not to be had? Not from a column of the plan.",
        ),
        "the_minute_of_leaving": wrong(
            f"ALTER TABLE flights ADD UNIQUE (tailnum, left_at); {LEFT_FIRST}",
            "A plane may still leave while it is in the air on another flight. A key on a moment, or on several, does "
            "not see that a flight lasts for hours.",
            hint="UNIQUE compares points in time. A flight is a stretch of it.",
        ),
        "for_ever_in_the_air": wrong(
            f"{ONE_PLACE} (tailnum WITH =, tstzrange(left_at, down_at) WITH &&); {LEFT_FIRST}",
            "A range with NULL at an end has no end there. So a cancelled flight, with NULL at both, is in the air "
            "from the beginning of time to its end.",
            hint="An exclusion constraint takes a WHERE, as an index does.",
        ),
        "no_landing_known": wrong(
            f"{ONE_PLACE} (tailnum WITH =, tstzrange(left_at, down_at) WITH &&) WHERE (left_at IS NOT NULL); "
            f"{LEFT_FIRST}",
            "The cancelled flights are left out, and the diverted ones are not: their range has no end, so their plane "
            "never leaves again.",
            hint="Which of the two times does a diverted flight lack?",
        ),
        "both_ends_count": wrong(
            f"{ONE_PLACE} (tailnum WITH =, tstzrange(left_at, down_at, '[]') WITH &&) WHERE (down_at IS NOT NULL); "
            f"{LEFT_FIRST}",
            "With '[]' the minute of landing belongs to the flight, and the plane cannot leave again in it.",
        ),
        "one_plane_for_all": wrong(
            f"{ONE_PLACE} (tstzrange(left_at, down_at) WITH &&) WHERE (down_at IS NOT NULL); {LEFT_FIRST}",
            "Without the plane in it, the rule says that there is one flight in the air at a time, whichever plane it "
            "is.",
        ),
        "looks_first": wrong(
            f"""
CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM flights WHERE tailnum = NEW.tailnum AND left_at < NEW.down_at AND NEW.left_at < down_at) THEN
        RAISE exclusion_violation USING MESSAGE = 'this plane is in the air';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks BEFORE INSERT OR UPDATE ON flights FOR EACH ROW EXECUTE FUNCTION looks();
{LEFT_FIRST}
""",
            "Your code looks before it writes. It does not see what another session has not committed yet.",
            hint="What refuses overlaps by itself, also when two sessions try at once?",
        ),
        "every_flight_leaves": wrong(
            f"ALTER TABLE flights ALTER left_at SET NOT NULL, ALTER down_at SET NOT NULL; "
            f"{ONE_PLACE} (tailnum WITH =, tstzrange(left_at, down_at) WITH &&);",
            "With NOT NULL a cancelled flight has no place in the table. NULL says here that it did not happen.",
        ),
        "no_word_about_leaving": wrong(
            f"{ONE_PLACE} (tailnum WITH =, tstzrange(left_at, down_at) WITH &&) WHERE (down_at IS NOT NULL);",
            "One of the two sentences has its constraint. A flight with a landing and no departure still goes in: a "
            "CHECK that compares the landing with NULL is not false, and refuses nothing.",
            hint="A CHECK sees one row, and that is enough here. Which of the two may be NULL without the other?",
        ),
    },
    hints=(
        "Two points in time make a stretch: tstzrange(left_at, down_at). Which constraint refuses stretches that "
        "overlap?",
        "EXCLUDE USING gist (tailnum WITH =, tstzrange(left_at, down_at) WITH &&). What is the range of a flight that "
        "was cancelled? Try SELECT tstzrange(NULL, NULL).",
        "Put WHERE (down_at IS NOT NULL) behind it. The other sentence is CHECK (down_at IS NULL OR left_at IS NOT "
        "NULL).",
    ),
)

# What the lesson makes too, so that everybody can look at it.
EXPORT = """
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    CREATE TABLE export AS
    SELECT make_date(year, month, day) AS day, carrier, carrier_name, flight, origin, dest, distance AS miles, tailnum,
           time_hour + minute * interval '1 minute' AS leaves_at,
           time_hour + (minute + dep_delay) * interval '1 minute' AS left_at,
           time_hour + (minute + dep_delay + air_time) * interval '1 minute' AS down_at
    FROM flights_flat
    WHERE (month, day, carrier, origin) IN ((9, 10, 'DL', 'JFK'), (2, 8, 'US', 'LGA'), (3, 7, 'AA', 'LGA'),
                                            (3, 12, 'EV', 'EWR'))
       OR (month, day, dest) IN ((2, 28, 'EGE'), (3, 1, 'EGE'));
    -- Now neither the longer nor the shorter of two distances is the last of both routes.
    UPDATE export SET miles = 1749 WHERE (origin, dest, day) = ('JFK', 'EGE', '2013-03-01');
"""
DOUBTFUL = """
    SELECT a.day, a.carrier, a.flight, a.origin, a.tailnum
    FROM export AS a
    WHERE EXISTS (SELECT FROM export AS b
                  WHERE b.tailnum = a.tailnum AND (b.day, b.carrier, b.flight, b.origin)
                        <> (a.day, a.carrier, a.flight, a.origin)
                    AND b.left_at < a.down_at AND a.left_at < b.down_at)
"""


KEY_OF_DOUBTFUL = f"SELECT d.day, d.carrier, d.flight, d.origin FROM ({DOUBTFUL}) AS d"


def missing(which: str) -> str:
    """Return a query for those flights of the export that are not kept."""
    return f"""
        SELECT day, carrier, flight, origin, tailnum, left_at, down_at FROM export AS e
        WHERE {which} AND NOT EXISTS (SELECT FROM flights AS f WHERE (f.day, f.carrier, f.flight, f.origin)
                                                                     = (e.day, e.carrier, e.flight, e.origin))
    """


def alike(one: str, other: str) -> str:
    """Return a query for the rows that only one of two queries gives."""
    return f"(({one}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({one}))"


ACTIONS = (
    Action("rename_carrier", ("code", "name"), says="A carrier takes another name; its code stays."),
    Action(
        "take_in",
        ("day", "carrier", "flight", "origin", "dest", "tailnum", "leaves_at", "left_at", "down_at"),
        says="A flight comes in, after those of the export.",
    ),
)
QUESTIONS = (
    Question(
        "flights",
        ("day", "carrier", "flight", "origin", "dest", "tailnum", "leaves_at", "left_at", "down_at"),
        says="The flights that are kept.",
    ),
    Question("carriers", ("code", "name"), says="Every carrier that is known."),
    Question("distances", ("origin", "dest", "miles"), says="How long each route is."),
    Question(
        "withdrawn",
        ("day", "carrier", "flight", "origin", "tailnum", "reason"),
        says="The planes that flights have lost, and why.",
    ),
)

CARRIERS = """
CREATE TABLE carriers (code text PRIMARY KEY, name text NOT NULL);
INSERT INTO carriers SELECT DISTINCT carrier, carrier_name FROM export;
"""
ROUTES = """
CREATE TABLE routes (origin text, dest text, miles integer NOT NULL, PRIMARY KEY (origin, dest));
INSERT INTO routes SELECT DISTINCT ON (origin, dest) origin, dest, miles FROM export ORDER BY origin, dest, day DESC;
"""
WITHDRAWN = """
CREATE TABLE withdrawn (
    day date, carrier text, flight integer, origin text, tailnum text NOT NULL, reason text NOT NULL,
    PRIMARY KEY (day, carrier, flight, origin)
);
INSERT INTO withdrawn
SELECT day, carrier, flight, origin, tailnum, 'in the air on another flight'
FROM export AS a
WHERE EXISTS (
    SELECT FROM export AS b
    WHERE b.tailnum = a.tailnum AND (b.carrier, b.flight, b.day) <> (a.carrier, a.flight, a.day)
      AND tstzrange(b.left_at, b.down_at) && tstzrange(a.left_at, a.down_at)
      AND a.down_at IS NOT NULL AND b.down_at IS NOT NULL
);
"""
FLIGHTS = """
CREATE TABLE flights_kept (
    day date, carrier text REFERENCES carriers, flight integer, origin text, dest text NOT NULL, tailnum text,
    leaves_at timestamptz NOT NULL, left_at timestamptz, down_at timestamptz,
    PRIMARY KEY (day, carrier, flight, origin),
    FOREIGN KEY (origin, dest) REFERENCES routes,
    EXCLUDE USING gist (tailnum WITH =, tstzrange(left_at, down_at) WITH &&) WHERE (down_at IS NOT NULL)
);
INSERT INTO flights_kept
SELECT e.day, e.carrier, e.flight, e.origin, e.dest, CASE WHEN w.day IS NULL THEN e.tailnum END,
       e.leaves_at, e.left_at, e.down_at
FROM export AS e LEFT JOIN withdrawn AS w USING (day, carrier, flight, origin);
"""
SECTIONS = {
    "rename_carrier": "UPDATE carriers SET name = :name WHERE code = :code;",
    "take_in": """
INSERT INTO flights_kept (day, carrier, flight, origin, dest, tailnum, leaves_at, left_at, down_at)
VALUES (:day, :carrier, :flight, :origin, :dest, :tailnum, :leaves_at, :left_at, :down_at);
""",
    "flights": "SELECT day, carrier, flight, origin, dest, tailnum, leaves_at, left_at, down_at FROM flights_kept;",
    "carriers": "SELECT code, name FROM carriers;",
    "distances": "SELECT origin, dest, miles FROM routes;",
    "withdrawn": "SELECT day, carrier, flight, origin, tailnum, reason FROM withdrawn;",
}


def answer(*tables: str, **sections: str) -> str:
    """Return an answer to the load: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables), *parts])


def changed(*changes: tuple[str, str], **sections: str) -> str:
    """Return the reference with parts of its tables replaced, each of which must be there."""
    tables = "\n".join((CARRIERS, ROUTES, WITHDRAWN, FLIGHTS))
    for old, new in changes:
        if old not in tables:
            raise ValueError(f"{old!r} is not in the tables")
        tables = tables.replace(old, new)
    return answer(tables, **sections)


def comes(
    flight: int = 7,
    carrier: str = "DL",
    origin: str = "JFK",
    dest: str = "SFO",
    tailnum: str | None = "N709TW",
    planned: str = "13:00",
    left: str | None = "13:00",
    down: str | None = "18:00",
    day: str = "2014-01-05",
) -> tuple[object, ...]:
    """Return the step that takes in a flight of January; what is not given is as in one of Delta's to San Francisco."""
    times = [None if time is None else f"{day} {time}+00" for time in (planned, left, down)]
    return ("take_in", day, carrier, flight, origin, dest, tailnum, *times)


UNKNOWN = ("23503", "23502")

for_the_pay_office = schema(
    "1.11.5",
    minutes=20,
    with_data=True,
    given=EXPORT,
    actions=ACTIONS,
    questions=QUESTIONS,
    laws={
        "A flight whose plane is in doubt is kept.": missing(f"(day, carrier, flight, origin) IN ({KEY_OF_DOUBTFUL})"),
        "A flight without a plane is kept.": missing("tailnum IS NULL"),
        "A flight that was cancelled or diverted is kept, with its plane.": missing(
            "tailnum IS NOT NULL AND down_at IS NULL"
        ),
        "Every other flight is kept.": missing(
            f"tailnum IS NOT NULL AND down_at IS NOT NULL AND (day, carrier, flight, origin) NOT IN ({KEY_OF_DOUBTFUL})"
        ),
        "No flight is kept twice.": """
            SELECT day, carrier, flight, origin, count(*) FROM flights GROUP BY day, carrier, flight, origin
            HAVING count(*) > 1
        """,
        "But for its plane, a flight is kept as it came.": """
            SELECT day, carrier, flight, origin, dest, leaves_at, left_at, down_at FROM flights
            EXCEPT SELECT day, carrier, flight, origin, dest, leaves_at, left_at, down_at FROM export
        """,
        "A flight has no plane but the one that came with it.": """
            SELECT day, carrier, flight, origin, tailnum FROM flights WHERE tailnum IS NOT NULL
            EXCEPT SELECT day, carrier, flight, origin, tailnum FROM export
        """,
        "A plane in two places at once is withdrawn from both flights.": f"""
            SELECT f.day, f.carrier, f.flight, f.origin, f.tailnum
            FROM flights AS f JOIN ({DOUBTFUL}) AS d USING (day, carrier, flight, origin) WHERE f.tailnum IS NOT NULL
        """,
        "No other flight loses its plane.": f"""
            SELECT day, carrier, flight, origin, e.tailnum
            FROM export AS e JOIN flights AS f USING (day, carrier, flight, origin)
            WHERE e.tailnum IS NOT NULL AND f.tailnum IS NULL
            EXCEPT {DOUBTFUL}
        """,
        "What was withdrawn is noted with its plane, and nothing else is.": alike(
            "SELECT day, carrier, flight, origin, tailnum FROM withdrawn", DOUBTFUL
        ),
        "Each note has its reason.": "SELECT * FROM withdrawn WHERE coalesce(reason, '') !~ '\\w'",
        "A route is as long as the last flight says.": alike(
            "SELECT origin, dest, miles FROM distances",
            "SELECT DISTINCT ON (origin, dest) origin, dest, miles FROM export ORDER BY origin, dest, day DESC",
        ),
        "Each carrier of the export is known, with its name.": alike(
            "SELECT code, name FROM carriers", "SELECT DISTINCT carrier, carrier_name FROM export"
        ),
    },
    legal={
        "A cancelled flight comes in, with a plane that left on another.": history(
            comes(), comes(flight=8, left=None, down=None)
        ),
        "A number comes again the next day, and may leave another airport on the same.": history(
            comes(), comes(day="2014-01-06"), comes(origin="LGA", dest="DFW", tailnum="N3BBAA")
        ),
        "A flight may have no plane.": history(comes(tailnum=None), comes(flight=8, tailnum=None)),
        "A plane leaves again in the minute in which it is down.": history(
            comes(), comes(flight=8, planned="18:00", left="18:00", down="23:00")
        ),
    },
    illegal={
        "A number of a carrier leaves an airport once a day.": refused(
            comes(), comes(tailnum="N718TW", planned="15:00", left="15:00", down="20:00"), sqlstates=("23505",)
        ),
        "A flight belongs to a carrier that is known.": refused(comes(carrier="ZZ"), sqlstates=UNKNOWN),
        "A flight flies a route whose length is known.": refused(comes(dest="XXX"), sqlstates=UNKNOWN),
        "A plane is in one place at a time.": refused(
            comes(),
            comes(flight=8, planned="15:00", left="15:00", down="20:00"),
            sqlstates=("23P01",),
            at_once=True,
            broken="a plane is in the air on two flights",
        ),
    },
    one_fact={"The name of a carrier stands in one row.": history(("rename_carrier", "DL", "Delta"))},
    timeout_s=10,
    reference=changed(),
    accepts=(
        # Numbers of the tables' own, and the planes in a table apart: who flew what, when.
        answer(
            """
CREATE TABLE companies (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE NOT NULL, title text);
INSERT INTO companies (code, title) SELECT DISTINCT carrier, carrier_name FROM export;
CREATE TABLE legs (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, here varchar(3) NOT NULL, there varchar(3) NOT NULL,
    miles smallint NOT NULL, UNIQUE (here, there)
);
INSERT INTO legs (here, there, miles)
SELECT origin, dest, (array_agg(miles ORDER BY leaves_at DESC))[1] FROM export GROUP BY origin, dest;
CREATE TABLE departures (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    on_day date NOT NULL, airline integer NOT NULL REFERENCES companies, number integer NOT NULL,
    here varchar(3) NOT NULL, leg integer NOT NULL REFERENCES legs,
    planned timestamptz NOT NULL, off timestamptz, down timestamptz,
    UNIQUE (on_day, airline, number, here)
);
INSERT INTO departures (on_day, airline, number, here, leg, planned, off, down)
SELECT day, companies.id, flight, origin, legs.id, leaves_at, left_at, down_at
FROM export JOIN companies ON code = carrier JOIN legs ON (here, there) = (origin, dest);
CREATE TABLE planes_flown (
    departure integer PRIMARY KEY REFERENCES departures, tailnum text NOT NULL, in_air tstzrange,
    EXCLUDE USING gist (tailnum WITH =, in_air WITH &&)
);
CREATE TABLE notes (departure integer PRIMARY KEY REFERENCES departures, tailnum text, reason text);
WITH named AS (
    SELECT d.id, e.tailnum, CASE WHEN down IS NOT NULL THEN tstzrange(off, down) END AS in_air
    FROM departures AS d JOIN companies AS a ON a.id = airline
    JOIN export AS e ON (e.day, e.carrier, e.flight, e.origin) = (on_day, code, number, here)
    WHERE e.tailnum IS NOT NULL
), twice AS (
    SELECT DISTINCT x.id FROM named AS x JOIN named AS y
    ON x.id <> y.id AND x.tailnum = y.tailnum AND x.in_air && y.in_air
), noted AS (
    INSERT INTO notes SELECT id, tailnum, 'two places at once' FROM named WHERE id IN (TABLE twice)
)
INSERT INTO planes_flown SELECT * FROM named WHERE id NOT IN (TABLE twice);
""",
            rename_carrier="UPDATE companies SET title = :name WHERE code = :code;",
            take_in="""
WITH leg AS (SELECT min(id) AS id FROM legs WHERE here = :origin AND there = :dest), came AS (
    INSERT INTO departures (on_day, airline, number, here, leg, planned, off, down)
    SELECT :day, (SELECT id FROM companies WHERE code = :carrier), :flight, :origin, id, :leaves_at, :left_at, :down_at
    FROM leg RETURNING id, off, down
)
INSERT INTO planes_flown
SELECT id, plane, CASE WHEN down IS NOT NULL THEN tstzrange(off, down) END
FROM came, (VALUES (:tailnum)) AS v (plane) WHERE plane IS NOT NULL;
""",
            flights="""
SELECT on_day, code, number, d.here, there, tailnum, planned, off, down
FROM departures AS d JOIN companies AS a ON a.id = airline JOIN legs ON legs.id = leg
LEFT JOIN planes_flown ON departure = d.id;
""",
            carriers="SELECT code, title FROM companies;",
            distances="SELECT here, there, miles FROM legs;",
            withdrawn="""
SELECT on_day, code, number, here, tailnum, reason
FROM notes JOIN departures AS d ON d.id = departure JOIN companies AS a ON a.id = airline;
""",
        ),
        # The plane as it came and the plane as it is believed, in one table; rows first, then rules.
        answer(
            """
CREATE TABLE carriers AS SELECT carrier AS code, min(carrier_name) AS name FROM export GROUP BY carrier;
CREATE TABLE routes AS
SELECT origin, dest, miles
FROM (SELECT *, row_number() OVER (PARTITION BY origin, dest ORDER BY day DESC) AS place FROM export) AS ranked
WHERE place = 1;
CREATE TABLE kept AS
SELECT day, carrier, flight, origin, dest, tailnum AS as_it_came, tailnum, leaves_at, left_at, down_at,
       NULL::text AS reason
FROM export;
UPDATE kept AS a SET tailnum = NULL, reason = 'its plane was in the air as ' || b.carrier || b.flight
FROM export AS b
WHERE b.tailnum = a.tailnum AND b.leaves_at::text || b.flight <> a.leaves_at::text || a.flight
  AND (b.left_at, b.down_at) OVERLAPS (a.left_at, a.down_at) AND num_nulls(a.down_at, b.down_at) = 0;
ALTER TABLE carriers ADD PRIMARY KEY (code);
ALTER TABLE routes ADD PRIMARY KEY (origin, dest);
ALTER TABLE kept
    ADD UNIQUE (day, carrier, flight, origin),
    ADD FOREIGN KEY (carrier) REFERENCES carriers,
    ADD FOREIGN KEY (origin, dest) REFERENCES routes,
    ADD EXCLUDE USING gist (tailnum WITH =, tstzrange(left_at, coalesce(down_at, left_at)) WITH &&)
        WHERE (left_at IS NOT NULL);
""",
            take_in="""
INSERT INTO kept VALUES (:day, :carrier, :flight, :origin, :dest, :tailnum, :tailnum, :leaves_at, :left_at, :down_at);
""",
            flights="SELECT day, carrier, flight, origin, dest, tailnum, leaves_at, left_at, down_at FROM kept;",
            withdrawn="SELECT day, carrier, flight, origin, as_it_came, reason FROM kept WHERE reason IS NOT NULL;",
        ),
    ),
    rejects={
        "flights_set_aside": wrong(
            changed(
                (
                    "CASE WHEN w.day IS NULL THEN e.tailnum END,\n       e.leaves_at, e.left_at, e.down_at\n"
                    "FROM export AS e LEFT JOIN withdrawn AS w USING (day, carrier, flight, origin);",
                    "e.tailnum,\n       e.leaves_at, e.left_at, e.down_at\nFROM export AS e\n"
                    "WHERE (day, carrier, flight, origin) NOT IN (SELECT day, carrier, flight, origin FROM withdrawn);",
                )
            ),
            "That is what the engine office wants. The pay office pays for flights, and nobody doubts that these took "
            "place: only their plane is in doubt.",
            hint="Withdraw the value, and not the row.",
        ),
        "rule_of_the_plan": wrong(
            changed(
                (
                    "    EXCLUDE USING gist (tailnum WITH =, tstzrange(left_at, down_at) WITH &&) "
                    "WHERE (down_at IS NOT NULL)",
                    "    UNIQUE (tailnum, leaves_at)",
                ),
                (
                    "tstzrange(b.left_at, b.down_at) && tstzrange(a.left_at, a.down_at)\n"
                    "      AND a.down_at IS NOT NULL AND b.down_at IS NOT NULL",
                    "b.leaves_at = a.leaves_at",
                ),
            ),
            "You look for planes that were planned twice for one minute. Two flights in the export are right although "
            "they were, and a plane that is planned at another time passes while it is in the air.",
            hint="From when to when is a plane not to be had? Exercise 1.11.4 has the clause.",
        ),
        "one_of_the_two": wrong(
            changed(("<> (a.carrier, a.flight, a.day)", "< (a.carrier, a.flight, a.day)")),
            "You withdraw the plane from one of the two flights. Which of them it flew nobody knows, and the order of "
            "their numbers does not tell.",
        ),
        "overlaps_in_the_export": wrong(
            changed((" WHERE (down_at IS NOT NULL)\n);", "\n);")),
            "To your constraint some flights of the export overlap, so they do not go in. That may be the planes in "
            "doubt, if they are still on both flights. Or it may be cancelled flights, which are in the air for ever: "
            "a range with NULL at both ends has no end.",
            hint="The detail of the error shows the two ranges. A comma between parentheses, and nothing beside it, is "
            "a range without end.",
        ),
        "only_what_has_a_plane": wrong(
            changed(
                (
                    "USING (day, carrier, flight, origin);",
                    "USING (day, carrier, flight, origin)\nWHERE e.tailnum IS NOT NULL;",
                )
            ),
            "A flight of which no plane is named is a flight. A condition or a join on the plane loses it without a "
            "word.",
        ),
        "another_distance": wrong(
            changed(
                (
                    "SELECT DISTINCT ON (origin, dest) origin, dest, miles FROM export ORDER BY origin, dest, day DESC",
                    "SELECT origin, dest, max(miles) FROM export GROUP BY origin, dest",
                )
            ),
            "For one route at least you keep another distance than the last. Eagle came with two from each airport. "
            "One was corrected upward and one downward, so neither the longer nor the shorter is always the last.",
            hint="DISTINCT ON keeps the first row of each group, in the order that you give.",
        ),
        "nothing_guards_it": wrong(
            changed(
                (
                    ",\n    EXCLUDE USING gist (tailnum WITH =, tstzrange(left_at, down_at) WITH &&) "
                    "WHERE (down_at IS NOT NULL)",
                    "",
                )
            ),
            "The export is loaded as it should be, and the next flight that comes in may put a plane in two places. "
            "To look once is no rule, and a key on one moment does not see that a flight lasts for hours.",
            hint="Which constraint refuses stretches of time that overlap?",
        ),
    },
    hints=(
        "Begin with what needs nothing: carriers, then routes with one distance each. For Eagle take the last: "
        "DISTINCT ON (origin, dest) … ORDER BY origin, dest, day DESC.",
        "Before you fill the flights, fill withdrawn: a flight of the export for which there is another with the same "
        "plane, both with a time of landing, whose ranges overlap.",
        "Then take every flight of the export, LEFT JOIN withdrawn, with the plane only where nothing was found: CASE "
        "WHEN w.day IS NULL THEN e.tailnum END. The exclusion constraint is that of 1.11.4.",
    ),
)

RECORDS = """
    (VALUES ('a', 'lists can be made again', 'keep the list and check it each night', NULL, 'the view gives it'),
            ('b', 'no airline flies a Cessna', 'keep what the register says, and mark it', '35 planes', NULL),
            ('c', 'the plane is in doubt', NULL, '232 flights', 'one INSERT'),
            ('d', 'the last measurement counts', 'the longer; one for each day', '118 flights', 'the export has them'))
    AS records (letter, because, considered, costs, undone)
"""

which_record = choice(
    "1.11.6",
    minutes=2,
    options={
        "a": "“We dropped the list of a carrier's airports, since it can be made from the flights. We could have kept "
        "it and checked it each night. The view flat_again gives it back.”",
        "b": "“We withdrew what the register says of planes with ten seats or fewer, since no airline flies a Cessna. "
        "We could have kept and marked it. It costs the model of 35 planes.”",
        "c": "“We set 232 flights aside, since their plane was in two places. It costs 0.07 percent of the flights. "
        "One INSERT takes them back.”",
        "d": "“We keep the last distance of a route. We thought of the longer one, and of one for each day. It changes "
        "118 flights. The export has what they said.”",
    },
    proof=f"SELECT letter FROM {RECORDS} WHERE considered IS NULL",
    because={
        "a": "It says what else was possible. What it lacks is the price, so nobody will know when it is too high.",
        "b": "It says what else was possible. What it lacks is the way back.",
        "d": "It has all four parts: why, what else, what it costs and the way back.",
    },
)

meant_and_broken = choice(
    "1.11.7",
    minutes=1,
    options={
        "a": "origin, dest -> distance",
        "b": "carrier -> carrier_name",
        "c": "tailnum -> carrier",
        "d": "distance -> dest_tzone",
    },
    proof="""
        WITH meant (letter, broken) AS (
            SELECT 'a', EXISTS (SELECT FROM flights_flat GROUP BY origin, dest HAVING count(DISTINCT distance) > 1)
            UNION ALL
            SELECT 'b', EXISTS (SELECT FROM flights_flat GROUP BY carrier HAVING count(DISTINCT carrier_name) > 1)
        )
        SELECT letter FROM meant WHERE broken
    """,
    because={
        "b": "It is meant, and each row keeps it: sixteen codes and sixteen names.",
        "c": "17 planes break it, and nobody means it: planes are sold.",
        "d": "The year keeps it, and nobody means it: two airports may be equally far away.",
    },
)
