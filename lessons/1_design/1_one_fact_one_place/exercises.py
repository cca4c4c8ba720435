"""Exercises of lesson 1.1."""

from mnemo_helpers.grading import (
    Action,
    Question,
    choice,
    history,
    prediction,
    query,
    refused,
    round_trip,
    schema,
    wrong,
)


def flat(columns: str, values: str) -> str:
    """Return SQL that puts rows into the flat table, with the columns named and nothing else."""
    return f"INSERT INTO flights_flat ({columns}) VALUES {values};"


NEW_YORK = """
    INSERT INTO airports (faa, name, lat, lon, alt, tz, dst)
    VALUES ('EWR', 'Newark', 41, -74, 18, -5, 'A'), ('JFK', 'Kennedy', 41, -74, 13, -5, 'A'),
           ('LGA', 'La Guardia', 41, -74, 22, -5, 'A'), ('SWF', 'Stewart', 41, -74, 491, -5, 'A');
"""

renaming_united = prediction(
    "1.1.1",
    minutes=1,
    label="rows",
    unit="rows",
    measure="SELECT count(*) FROM flights_flat WHERE carrier = 'UA'",
    within_factor=2,
    because={
        "too_low": "The name stands in the row of each flight, and United flies more than the average carrier.",
        "too_high": "United is the largest of sixteen carriers, but it is not all of them.",
    },
)

contradictions = query(
    "1.1.2",
    minutes=4,
    reference="""
        SELECT origin, dest, min(distance) AS smallest, max(distance) AS largest
        FROM flights_flat
        GROUP BY origin, dest
        HAVING min(distance) < max(distance)
    """,
    rows={
        "a route flown twice over one distance and once, the other way, over another": flat(
            "carrier, flight, origin, dest, distance",
            """('UA', 1, 'EWR', 'BOS', 200), ('UA', 2, 'EWR', 'BOS', 200), ('UA', 4, 'BOS', 'EWR', 201),
               ('AA', 3, 'JFK', 'BOS', 187)""",
        ),
        "an airport reached from two others and a route with three distances": flat(
            "carrier, flight, origin, dest, distance",
            """('UA', 1, 'EWR', 'BOS', 200), ('UA', 2, 'EWR', 'BOS', 200), ('B6', 3, 'JFK', 'BOS', 187),
               ('DL', 4, 'JFK', 'LAX', 2475), ('DL', 5, 'JFK', 'LAX', 2475), ('DL', 6, 'JFK', 'LAX', 2470),
               ('UA', 7, 'EWR', 'SFO', 2565), ('UA', 8, 'EWR', 'SFO', 2560), ('VX', 9, 'EWR', 'SFO', 2570)""",
        ),
    },
    accepts=(
        "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest "
        "HAVING count(DISTINCT distance) > 1 ORDER BY origin, dest",
        "SELECT origin, dest, min(distance), max(distance) "
        "FROM (SELECT DISTINCT origin, dest, distance FROM flights_flat) AS d "
        "GROUP BY origin, dest HAVING count(*) > 1",
        "WITH routes AS (SELECT DISTINCT origin, dest, distance FROM flights_flat) "
        "SELECT a.origin, a.dest, min(a.distance), max(b.distance) FROM routes a JOIN routes b "
        "ON a.origin = b.origin AND a.dest = b.dest AND a.distance < b.distance GROUP BY a.origin, a.dest",
    ),
    rejects={
        "counts_flights": wrong(
            "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest "
            "HAVING count(*) > 1",
            "You count the flights of a route, and the same distance is counted again with each of them. Many flights "
            "that give one distance agree with each other.",
            hint="Two flights contradict each other only if their distances differ.",
        ),
        "counts_flight_numbers": wrong(
            "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest "
            "HAVING count(DISTINCT flight) > 1",
            "A route may well have two flight numbers. The fact in question is its distance.",
        ),
        "one_mile_is_nothing": wrong(
            "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest "
            "HAVING max(distance) - min(distance) > 1",
            "You let one mile pass. A database does not know what is close: two values that differ are two answers.",
        ),
        "exactly_two": wrong(
            "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest "
            "HAVING count(DISTINCT distance) = 2",
            "A fact may disagree with itself in more than two ways: a route with three distances is left out.",
        ),
        "destination_alone": wrong(
            "SELECT min(origin), dest, min(distance), max(distance) FROM flights_flat GROUP BY dest "
            "HAVING count(DISTINCT distance) > 1",
            "Boston is not equally far from Newark and from Kennedy. A distance belongs to both ends of a route.",
            hint="What must two flights have in common for their distances to be the same fact?",
        ),
        "either_direction": wrong(
            "SELECT least(origin, dest), greatest(origin, dest), min(distance), max(distance) FROM flights_flat "
            "GROUP BY 1, 2 HAVING min(distance) < max(distance)",
            "You took the way there and the way back as one route. That is a fair thought about distances, but here a "
            "route is an origin and a destination, in this order.",
        ),
        "alias_in_having": wrong(
            "SELECT origin, dest, min(distance) AS smallest, max(distance) AS largest FROM flights_flat "
            "GROUP BY origin, dest HAVING smallest <> largest",
            "The server finds no column of a name that you use. If the name comes from your SELECT list, as smallest "
            "does: HAVING is worked out before that list, so names given there are not known in it yet.",
            hint="What stands before AS in the SELECT list may be written once more in the HAVING.",
        ),
        "grouped_by_the_answer": wrong(
            "SELECT origin, dest, min(distance), max(distance) FROM flights_flat GROUP BY origin, dest, distance "
            "HAVING count(*) > 1",
            "With distance in the GROUP BY, each distance has a group of its own, where there is no other to disagree.",
        ),
    },
    hints=(
        "Each group holds all flights of one route. When do they all agree about the distance?",
        "HAVING keeps groups. It needs a condition on all the distances of a group at once.",
        "Compare the smallest with the largest distance of the group, or count how many different ones there are.",
    ),
)

last_trace = query(
    "1.1.3",
    minutes=5,
    optional=True,
    reference="""
        SELECT code
        FROM (SELECT origin AS code FROM flights_flat UNION ALL SELECT dest FROM flights_flat) AS seen
        GROUP BY code
        HAVING count(*) = 1
    """,
    rows={
        "one flight between two airports": flat("carrier, flight, origin, dest", "('UA', 1, 'EWR', 'BOS')"),
        "an airport that a single flight leaves and none reaches": flat(
            "carrier, flight, origin, dest",
            """('UA', 1, 'EWR', 'BOS'), ('UA', 2, 'EWR', 'BOS'), ('AA', 3, 'LGA', 'BOS'), ('AA', 4, 'LGA', 'ORD'),
               ('AA', 5, 'EWR', 'LGA'), ('B6', 6, 'SWF', 'BOS'), ('B6', 7, 'JFK', 'FLL'), ('B6', 7, 'JFK', 'FLL')""",
        ),
    },
    accepts=(
        "SELECT code FROM flights_flat, unnest(ARRAY[origin, dest]) AS code GROUP BY code HAVING count(*) = 1",
        """WITH o AS (SELECT origin AS code, count(*) AS n FROM flights_flat GROUP BY 1),
                d AS (SELECT dest AS code, count(*) AS n FROM flights_flat GROUP BY 1)
           SELECT code FROM o FULL JOIN d USING (code) WHERE coalesce(o.n, 0) + coalesce(d.n, 0) = 1""",
        """(SELECT dest FROM flights_flat GROUP BY 1 HAVING count(*) = 1 EXCEPT SELECT origin FROM flights_flat)
           UNION
           (SELECT origin FROM flights_flat GROUP BY 1 HAVING count(*) = 1 EXCEPT SELECT dest FROM flights_flat)""",
    ),
    rejects={
        "destinations_only": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest HAVING count(*) = 1",
            "An airport may be the destination of one flight and the origin of many. La Guardia is: its name stands in "
            "all the rows that leave it.",
            hint="In which two columns can an airport be mentioned?",
        ),
        "forgets_departures": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest "
            "HAVING count(*) = 1 AND dest NOT IN (SELECT origin FROM flights_flat)",
            "An airport that is only ever left, and once, hangs on a single row too.",
        ),
        "union_removes_repeats": wrong(
            "SELECT code FROM (SELECT origin AS code FROM flights_flat UNION SELECT dest FROM flights_flat) AS seen "
            "GROUP BY code HAVING count(*) = 1",
            "UNION removes repeated rows before you count them, so every airport is there exactly once. "
            "UNION ALL keeps them.",
        ),
        "each_column_alone": wrong(
            "SELECT origin FROM flights_flat GROUP BY origin HAVING count(*) = 1 "
            "UNION SELECT dest FROM flights_flat GROUP BY dest HAVING count(*) = 1",
            "You count the two columns apart. An airport is safe if the other column mentions it too.",
        ),
        "at_most_two": wrong(
            "SELECT code FROM (SELECT origin AS code FROM flights_flat UNION ALL SELECT dest FROM flights_flat) "
            "AS seen GROUP BY code HAVING count(*) <= 2",
            "An airport that two rows mention is still there when one of them is deleted.",
        ),
    },
    hints=(
        "La Guardia is the destination of one flight. Would the table forget it with that flight?",
        "First bring both columns into one: a SELECT of origin and a SELECT of dest, one below the other.",
        "Then count how often each code is mentioned, and keep those mentioned once. UNION ALL keeps repeats.",
    ),
)

flight_71 = choice(
    "1.1.4",
    minutes=1,
    options={
        "a": "exactly the airports that flight 71 serves",
        "b": "those and others too",
        "c": "fewer than flight 71 serves",
    },
    proof="""
        WITH lists AS (
            SELECT dest, string_agg(DISTINCT flight::text, ',') AS numbers
            FROM flights_flat WHERE carrier = 'B6' GROUP BY dest
        ),
        counted AS (
            SELECT count(*) FILTER (WHERE numbers LIKE '%71%') AS found,
                   count(*) FILTER (WHERE '71' = ANY (string_to_array(numbers, ','))) AS served
            FROM lists
        )
        SELECT CASE WHEN found = served THEN 'a' WHEN found > served THEN 'b' ELSE 'c' END FROM counted
    """,
    because={
        "a": "LIKE looks for the characters 71, and it finds them inside 711 and 171 as well.",
        "c": "LIKE misses none: each list with a 71 in it has these two characters side by side.",
    },
    predicts=True,
)

lists_at_their_word = query(
    "1.1.5",
    minutes=6,
    optional=True,
    reference="""
        SELECT airport, count(DISTINCT carrier) AS carriers
        FROM flights_flat CROSS JOIN unnest(string_to_array(carrier_origins, ',')) AS airport
        GROUP BY airport
    """,
    rows={
        "one carrier with two flights": flat(
            "carrier, flight, origin, carrier_origins", "('HA', 51, 'JFK', 'JFK'), ('HA', 51, 'JFK', 'JFK')"
        )
        + NEW_YORK,
        "a fourth airport and one that is listed before it is flown from": flat(
            "carrier, flight, origin, carrier_origins",
            """('B6', 1, 'SWF', 'JFK,SWF'), ('B6', 2, 'JFK', 'JFK,SWF'), ('UA', 3, 'EWR', 'EWR,LGA'),
               ('UA', 4, 'EWR', 'EWR,LGA'), ('WN', 5, 'LGA', 'EWR,LGA')""",
        )
        + NEW_YORK,
    },
    accepts=(
        "SELECT airport, count(*) FROM (SELECT DISTINCT carrier, unnest(string_to_array(carrier_origins, ',')) "
        "AS airport FROM flights_flat) AS pairs GROUP BY airport ORDER BY airport",
        "WITH lists AS (SELECT DISTINCT carrier, carrier_origins FROM flights_flat) "
        "SELECT airport, count(DISTINCT carrier) FROM lists, regexp_split_to_table(carrier_origins, ',') AS airport "
        "GROUP BY airport",
        "WITH lists AS (SELECT DISTINCT carrier, string_to_array(carrier_origins, ',') AS codes FROM flights_flat) "
        "SELECT faa, count(*) FROM airports JOIN lists ON faa = ANY (codes) GROUP BY faa",
        "SELECT code, count(DISTINCT carrier) FROM (SELECT carrier, split_part(carrier_origins, ',', n) AS code "
        "FROM flights_flat, generate_series(1, 9) AS n) AS parts WHERE code <> '' GROUP BY code",
    ),
    rejects={
        "counts_flights": wrong(
            "SELECT airport, count(*) FROM flights_flat, unnest(string_to_array(carrier_origins, ',')) AS airport "
            "GROUP BY airport",
            "The list stands in the row of each flight, so you have counted flights. A carrier is to be counted once.",
            hint="The same carrier comes again with every flight. Which word inside count() takes each value once?",
        ),
        "list_as_value": wrong(
            "SELECT carrier_origins, count(DISTINCT carrier) FROM flights_flat GROUP BY carrier_origins",
            "You grouped by the list as a whole. To the database a list of airports is one value, with commas in it.",
            hint="The list must be taken apart before you group.",
        ),
        "asks_the_flights": wrong(
            "SELECT origin, count(DISTINCT carrier) FROM flights_flat GROUP BY origin",
            "You asked the column origin, where the flights really left. The lists say the same thing a second time, "
            "and nothing makes them agree. The question is what the lists say.",
        ),
        "three_names": wrong(
            "SELECT 'EWR', count(DISTINCT carrier) FROM flights_flat WHERE carrier_origins LIKE '%EWR%' UNION ALL "
            "SELECT 'JFK', count(DISTINCT carrier) FROM flights_flat WHERE carrier_origins LIKE '%JFK%' UNION ALL "
            "SELECT 'LGA', count(DISTINCT carrier) FROM flights_flat WHERE carrier_origins LIKE '%LGA%'",
            "Your query knows three airports by name. It misses a fourth one, and it shows one that is in no list.",
        ),
        "a_table_that_is_not_there": wrong(
            "SELECT airport, count(*) FROM carrier_lists CROSS JOIN unnest(string_to_array(origins, ',')) AS airport "
            "GROUP BY airport",
            "A table that you name is not there. Answers are run on databases that hold the tables of the data set "
            "only, and carrier_lists is one that you made.",
            hint="The lists stand in flights_flat too, in the column carrier_origins.",
        ),
        "first_only": wrong(
            "SELECT split_part(carrier_origins, ',', 1), count(DISTINCT carrier) FROM flights_flat GROUP BY 1",
            "You read the first airport of each list only.",
        ),
    },
    hints=(
        "The example with unnest takes lists apart. Do the same with the column carrier_origins of flights_flat. What "
        "is in one row of the result?",
        "Group that result by airport. Which column should count() look at?",
        "A carrier comes once for each of its flights: count(DISTINCT carrier).",
    ),
)

DAY = "make_date(year, month, day)"
# One evening at La Guardia with the only flight to Lexington, and one number that left two airports on one day.
EVENING = """
    (SELECT * FROM flights_flat
     WHERE plane_model IS NOT NULL AND dest_name IS NOT NULL
       AND (month = 11 AND day = 24 AND origin = 'LGA' AND hour >= 19
            OR month = 8 AND day = 20 AND carrier = 'UA' AND flight = 635)) AS evening
"""

ACTIONS = (
    Action("record_carrier", ("code", "name"), says="A carrier becomes known, whether it flies or not."),
    Action("rename_carrier", ("code", "name"), says="A carrier takes another name; its code stays."),
    Action("record_airport", ("code", "name"), says="An airport becomes known, whether anybody flies there or not."),
    Action("rename_airport", ("code", "name"), says="An airport takes another name; its code stays."),
    Action("record_plane", ("tailnum", "model"), says="A plane becomes known, before it flies."),
    Action(
        "record_flight",
        ("day", "carrier", "flight", "origin", "dest", "tailnum"),
        says="A flight is planned; tailnum is NULL while no plane is named.",
    ),
    Action("remove_flight", ("day", "carrier", "flight", "origin"), says="A flight is taken out of the plan."),
)
QUESTIONS = (
    Question(
        "flights",
        ("day", "carrier", "name", "flight", "origin", "dest", "dest_name", "tailnum", "model"),
        says="The flat rows, as the export has them.",
    ),
    Question("airports", ("code", "name"), says="Every airport that is known."),
    Question("planes", ("tailnum", "model"), says="Every plane that is known."),
)

CARRIERS = "CREATE TABLE carriers (code text PRIMARY KEY, name text NOT NULL);"
AIRPORTS = "CREATE TABLE airports (code text PRIMARY KEY, name text NOT NULL);"
PLANES = "CREATE TABLE planes (tailnum text PRIMARY KEY, model text NOT NULL);"
FLIGHTS = """
CREATE TABLE flights (
    day     date    NOT NULL,
    carrier text    NOT NULL REFERENCES carriers,
    flight  integer NOT NULL,
    origin  text    NOT NULL REFERENCES airports,
    dest    text    NOT NULL REFERENCES airports,
    tailnum text    REFERENCES planes,
    PRIMARY KEY (day, carrier, flight, origin)
);
"""

SECTIONS = {
    "record_carrier": "INSERT INTO carriers (code, name) VALUES (:code, :name);",
    "rename_carrier": "UPDATE carriers SET name = :name WHERE code = :code;",
    "record_airport": "INSERT INTO airports (code, name) VALUES (:code, :name);",
    "rename_airport": "UPDATE airports SET name = :name WHERE code = :code;",
    "record_plane": "INSERT INTO planes (tailnum, model) VALUES (:tailnum, :model);",
    "record_flight": """
INSERT INTO flights (day, carrier, flight, origin, dest, tailnum)
VALUES (:day, :carrier, :flight, :origin, :dest, :tailnum);
""",
    "remove_flight": """
DELETE FROM flights WHERE day = :day AND carrier = :carrier AND flight = :flight AND origin = :origin;
""",
    "flights": """
SELECT f.day, f.carrier, c.name, f.flight, f.origin, f.dest, a.name, f.tailnum, p.model
FROM flights f
JOIN carriers c ON c.code = f.carrier
JOIN airports a ON a.code = f.dest
LEFT JOIN planes p ON p.tailnum = f.tailnum;
""",
    "airports": "SELECT code, name FROM airports;",
    "planes": "SELECT tailnum, model FROM planes;",
}


def answer(*tables: str, **sections: str) -> str:
    """Return an answer to the schema exercise: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables), *parts])


def design(changes: dict[str, str], **sections: str) -> str:
    """Return the reference's four tables with parts of them replaced, each of which must be there."""
    tables = "\n".join((CARRIERS, AIRPORTS, PLANES, FLIGHTS.strip()))
    for old, new in changes.items():
        if old not in tables:
            raise ValueError(f"{old!r} is not in the tables")
        tables = tables.replace(old, new)
    return answer(tables, **sections)


KNOWN = (
    ("record_carrier", "9E", "Endeavor"),
    ("record_airport", "LGA", "La Guardia"),
    ("record_airport", "LEX", "Blue Grass"),
    ("record_plane", "N1", "CRJ-200"),
)
MORE_KNOWN = (
    *KNOWN,
    ("record_carrier", "UA", "United"),
    ("record_airport", "EWR", "Newark"),
    ("record_airport", "BOS", "Logan"),
    ("record_plane", "N2", "A320-214"),
)


# A number goes in as text in quotes, which PostgreSQL reads as what the column is: the learner chooses its type.
def flies(
    day: str = "2013-11-24",
    carrier: str = "9E",
    flight: str = "3669",
    origin: str = "LGA",
    dest: str = "LEX",
    tailnum: str | None = "N1",
) -> tuple[str | None, ...]:
    """Return the step that records a flight; what is not given is as in the flight to Lexington."""
    return ("record_flight", day, carrier, flight, origin, dest, tailnum)


TO_LEXINGTON = flies()
NEXT_DAY = flies(day="2013-11-25")
# Flights that share all with the one to Lexington but a day, a carrier, a number, an airport.
NEIGHBOURS = (NEXT_DAY, flies(carrier="UA", dest="BOS"), flies(flight="71", tailnum="N2"), flies(origin="EWR"))
OF_NEIGHBOURS = [
    ("2013-11-25", "9E", "Endeavor", 3669, "LGA", "LEX", "Blue Grass", "N1", "CRJ-200"),
    ("2013-11-24", "UA", "United", 3669, "LGA", "BOS", "Logan", "N1", "CRJ-200"),
    ("2013-11-24", "9E", "Endeavor", 71, "LGA", "LEX", "Blue Grass", "N2", "A320-214"),
    ("2013-11-24", "9E", "Endeavor", 3669, "EWR", "LEX", "Blue Grass", "N1", "CRJ-200"),
]

FOUR_AIRPORTS = [("LGA", "La Guardia"), ("LEX", "Blue Grass"), ("EWR", "Newark"), ("BOS", "Logan")]

# A name copied into each flight, and the action that copies it.
COPIED_NAME = {"NOT NULL REFERENCES carriers,": "REFERENCES carriers, carrier_name text,"}
COPY_NAME = """
INSERT INTO flights
VALUES (:day, :carrier, (SELECT name FROM carriers WHERE code = :carrier), :flight, :origin, :dest, :tailnum);
"""
COPIED_AIRPORT = {"    tailnum text    REFERENCES planes": "    dest_name text,\n    tailnum text    REFERENCES planes"}
COPY_AIRPORT = """
INSERT INTO flights
VALUES (:day, :carrier, :flight, :origin, :dest, (SELECT name FROM airports WHERE code = :dest), :tailnum);
"""

# 23503 from a foreign key; 23502 where a look-up of the code finds nothing and the column must not be empty.
UNKNOWN = ("23503", "23502")

one_fact_one_place = schema(
    "1.1.6",
    minutes=12,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "Every plane that is recorded is known, before it flies.": history(
            ("record_plane", "N1", "CRJ-200"),
            ("record_plane", "N2", "A320-214"),
            ("record_plane", "N3", "A320-214"),
            ("record_plane", "N4", "ERJ-190"),
            gives={
                "planes": [("N1", "CRJ-200"), ("N2", "A320-214"), ("N3", "A320-214"), ("N4", "ERJ-190")],
                "flights": [],
            },
        ),
        "An airport survives its last flight.": history(
            *MORE_KNOWN,
            TO_LEXINGTON,
            ("remove_flight", "2013-11-24", "9E", "3669", "LGA"),
            gives={
                "airports": FOUR_AIRPORTS,
                "flights": [],
            },
        ),
        "A flight that is removed takes no other with it.": history(
            *MORE_KNOWN,
            TO_LEXINGTON,
            *NEIGHBOURS,
            ("remove_flight", "2013-11-24", "9E", "3669", "LGA"),
            # Flights point at all of these, so that a question which takes rows away is refused.
            gives={
                "flights": OF_NEIGHBOURS,
                "airports": FOUR_AIRPORTS,
                "planes": [("N1", "CRJ-200"), ("N2", "A320-214")],
            },
        ),
        "A renamed carrier, and no other, has its new name on the flights that it has flown.": history(
            *MORE_KNOWN,
            TO_LEXINGTON,
            flies(carrier="UA", dest="BOS"),
            ("rename_carrier", "9E", "Pinnacle"),
            gives={
                "flights": [
                    ("2013-11-24", "9E", "Pinnacle", 3669, "LGA", "LEX", "Blue Grass", "N1", "CRJ-200"),
                    ("2013-11-24", "UA", "United", 3669, "LGA", "BOS", "Logan", "N1", "CRJ-200"),
                ]
            },
        ),
        "A renamed airport, and no other, has its new name on the flights that go there.": history(
            *MORE_KNOWN,
            TO_LEXINGTON,
            flies(carrier="UA", dest="BOS"),
            ("rename_airport", "LEX", "Lexington"),
            gives={
                "flights": [
                    ("2013-11-24", "9E", "Endeavor", 3669, "LGA", "LEX", "Lexington", "N1", "CRJ-200"),
                    ("2013-11-24", "UA", "United", 3669, "LGA", "BOS", "Logan", "N1", "CRJ-200"),
                ]
            },
        ),
        "Two codes may bear the same name, as after a merger.": history(
            ("record_carrier", "AA", "American"), ("record_carrier", "US", "American")
        ),
        "A flight can be planned before its plane is known.": history(*KNOWN, flies(tailnum=None)),
        "A flight without a plane is among the flights.": history(
            *KNOWN,
            flies(tailnum=None),
            flies(flight="71"),
            gives={
                "flights": [
                    ("2013-11-24", "9E", "Endeavor", 3669, "LGA", "LEX", "Blue Grass", None, None),
                    ("2013-11-24", "9E", "Endeavor", 71, "LGA", "LEX", "Blue Grass", "N1", "CRJ-200"),
                ]
            },
        ),
        "A flight number comes again the next day.": history(*KNOWN, TO_LEXINGTON, NEXT_DAY),
        "Two carriers may use the same flight number on one day.": history(
            *MORE_KNOWN, TO_LEXINGTON, flies(carrier="UA")
        ),
        "One flight number may leave two airports on one day.": history(*MORE_KNOWN, TO_LEXINGTON, flies(origin="EWR")),
    },
    illegal={
        "A flight belongs to a carrier that is known.": refused(*KNOWN, flies(carrier="ZZ"), sqlstates=UNKNOWN),
        "A flight leaves from an airport that is known.": refused(*KNOWN, flies(origin="XXX"), sqlstates=UNKNOWN),
        "A flight goes to an airport that is known.": refused(*KNOWN, flies(dest="XXX"), sqlstates=UNKNOWN),
        "A plane that flies is known.": refused(*KNOWN, flies(tailnum="N999"), sqlstates=UNKNOWN),
        "A code belongs to one carrier.": refused(
            ("record_carrier", "9E", "Endeavor"), ("record_carrier", "9E", "Pinnacle"), sqlstates=("23505",)
        ),
        "A code belongs to one airport.": refused(
            ("record_airport", "LEX", "Blue Grass"), ("record_airport", "LEX", "Lexington"), sqlstates=("23505",)
        ),
        "A flight is recorded once.": refused(*KNOWN, TO_LEXINGTON, TO_LEXINGTON, sqlstates=("23505",)),
        "A flight goes to one place, with one plane.": refused(
            *MORE_KNOWN, TO_LEXINGTON, flies(dest="BOS", tailnum="N2"), sqlstates=("23505",)
        ),
    },
    one_fact={
        "The name of a carrier stands in one row.": history(
            *MORE_KNOWN, TO_LEXINGTON, NEXT_DAY, ("rename_carrier", "9E", "Pinnacle")
        ),
        "The name of an airport stands in one row.": history(
            *MORE_KNOWN, TO_LEXINGTON, NEXT_DAY, ("rename_airport", "LEX", "Lexington")
        ),
    },
    round_trip=round_trip(
        feed=(
            ("record_carrier", f"SELECT DISTINCT carrier, carrier_name FROM {EVENING}"),
            (
                "record_airport",
                f"SELECT origin, origin_name FROM {EVENING} UNION SELECT dest, dest_name FROM {EVENING}",
            ),
            ("record_plane", f"SELECT DISTINCT tailnum, plane_model FROM {EVENING}"),
            ("record_flight", f"SELECT {DAY}, carrier, flight::text, origin, dest, tailnum FROM {EVENING}"),
        ),
        gives={
            "flights": f"SELECT {DAY}, carrier, carrier_name, flight, origin, dest, dest_name, tailnum, plane_model "
            f"FROM {EVENING}"
        },
    ),
    reference=design({}),
    accepts=(
        # Numbers of the tables' own in place of codes, and other names.
        answer(
            """
CREATE TABLE airlines (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, iata text UNIQUE NOT NULL, title text);
CREATE TABLE places (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, faa text UNIQUE NOT NULL, title text);
CREATE TABLE aircraft (registration varchar(10) PRIMARY KEY, type_name text);
CREATE TABLE departures (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    on_day date NOT NULL,
    airline integer NOT NULL REFERENCES airlines,
    number integer NOT NULL,
    from_place integer NOT NULL REFERENCES places,
    to_place integer NOT NULL REFERENCES places,
    aircraft varchar(10) REFERENCES aircraft,
    UNIQUE (on_day, airline, number, from_place)
);
""",
            record_carrier="INSERT INTO airlines (iata, title) VALUES (:code, :name);",
            rename_carrier="UPDATE airlines SET title = :name WHERE iata = :code;",
            record_airport="INSERT INTO places (faa, title) VALUES (:code, :name);",
            rename_airport="UPDATE places SET title = :name WHERE faa = :code;",
            record_plane="INSERT INTO aircraft VALUES (:tailnum, :model);",
            record_flight="""
INSERT INTO departures (on_day, airline, number, from_place, to_place, aircraft)
VALUES (:day, (SELECT id FROM airlines WHERE iata = :carrier), :flight,
        (SELECT id FROM places WHERE faa = :origin), (SELECT id FROM places WHERE faa = :dest), :tailnum);
""",
            remove_flight="""
DELETE FROM departures d USING airlines a, places p
WHERE a.id = d.airline AND p.id = d.from_place
  AND d.on_day = :day AND a.iata = :carrier AND d.number = :flight AND p.faa = :origin;
""",
            flights="""
SELECT d.on_day, a.iata, a.title, d.number, o.faa, t.faa, t.title, d.aircraft, c.type_name
FROM departures d
JOIN airlines a ON a.id = d.airline
JOIN places o ON o.id = d.from_place
JOIN places t ON t.id = d.to_place
LEFT JOIN aircraft c ON c.registration = d.aircraft;
""",
            airports="SELECT faa, title FROM places;",
            planes="SELECT registration, type_name FROM aircraft;",
        ),
        # Which airports are linked is a fact of its own: a table of routes, and a key of two columns to point at.
        # A flight's number is never reckoned with, so it may be text.
        design(
            {
                "flight  integer": "flight  text   ",
                "CREATE TABLE flights (": "CREATE TABLE routes (\n"
                "    origin text REFERENCES airports, dest text REFERENCES airports, PRIMARY KEY (origin, dest)\n"
                ");\nCREATE TABLE flights (",
                "NOT NULL REFERENCES airports": "NOT NULL",
                "PRIMARY KEY (day,": "FOREIGN KEY (origin, dest) REFERENCES routes,\n    PRIMARY KEY (day,",
            },
            record_flight="INSERT INTO routes VALUES (:origin, :dest) ON CONFLICT DO NOTHING;"
            + SECTIONS["record_flight"],
        ),
        # Which plane flies is told apart from the plan, so that no column is ever NULL.
        design(
            {
                "    tailnum text    REFERENCES planes,\n": "",
                "flight, origin)\n);": "flight, origin)\n);\n"
                "CREATE TABLE flown (\n"
                "    day date, carrier text, flight integer, origin text, tailnum text NOT NULL REFERENCES planes,\n"
                "    PRIMARY KEY (day, carrier, flight, origin),\n"
                "    FOREIGN KEY (day, carrier, flight, origin) REFERENCES flights ON DELETE CASCADE\n);",
            },
            record_flight="""
INSERT INTO flights VALUES (:day, :carrier, :flight, :origin, :dest);
INSERT INTO flown SELECT :day, :carrier, :flight, :origin, :tailnum WHERE :tailnum IS NOT NULL;
""",
            flights="""
SELECT day, carrier, c.name, flight, origin, dest, a.name, tailnum, model
FROM flights
JOIN carriers c ON c.code = carrier
JOIN airports a ON a.code = dest
LEFT JOIN flown USING (day, carrier, flight, origin)
LEFT JOIN planes USING (tailnum);
""",
        ),
    ),
    rejects={
        "still_flat": wrong(
            answer(
                """
CREATE TABLE flat (
    day date, carrier text, carrier_name text, flight integer, origin text, dest text, dest_name text,
    tailnum text, model text
);
""",
                record_carrier="INSERT INTO flat (carrier, carrier_name) VALUES (:code, :name);",
                rename_carrier="UPDATE flat SET carrier_name = :name WHERE carrier = :code;",
                record_airport="INSERT INTO flat (dest, dest_name) VALUES (:code, :name);",
                rename_airport="UPDATE flat SET dest_name = :name WHERE dest = :code;",
                record_plane="INSERT INTO flat (tailnum, model) VALUES (:tailnum, :model);",
                record_flight="""
INSERT INTO flat VALUES (
    :day, :carrier, (SELECT max(carrier_name) FROM flat WHERE carrier = :carrier), :flight, :origin,
    :dest, (SELECT max(dest_name) FROM flat WHERE dest = :dest),
    :tailnum, (SELECT max(model) FROM flat WHERE tailnum = :tailnum));
""",
                remove_flight=SECTIONS["remove_flight"].replace("FROM flights", "FROM flat"),
                flights="SELECT * FROM flat WHERE flight IS NOT NULL;",
                airports="SELECT DISTINCT dest, dest_name FROM flat WHERE dest IS NOT NULL;",
                planes="SELECT DISTINCT tailnum, model FROM flat WHERE tailnum IS NOT NULL;",
            ),
            "Everything is still in one table: a name is repeated with each flight, and a row that is half empty "
            "stands for a carrier or an airport. Give each kind of thing a table of its own.",
            hint="Name the things that exist without a flight. How many kinds of them are there?",
        ),
        "name_copied": wrong(
            design(
                COPIED_NAME,
                rename_carrier=SECTIONS["rename_carrier"]
                + "\nUPDATE flights SET carrier_name = :name WHERE carrier = :code;",
                record_flight=COPY_NAME,
                flights=SECTIONS["flights"].replace("c.name", "f.carrier_name"),
            ),
            "A carrier takes one new name, and more than one row is written: the name stands in other rows too, here "
            "in those of its flights.",
            hint="A flight needs to know whose it is. Does it need to know the name?",
        ),
        "copy_left_behind": wrong(
            design(
                COPIED_NAME,
                record_flight=COPY_NAME,
                flights=SECTIONS["flights"].replace("c.name", "f.carrier_name"),
            ),
            "A carrier's new name is written down, but the flights do not show it. Where each flight holds a copy of "
            "the name, the copies keep the old one.",
            hint="If the flights read the name where it is kept, there is nothing to forget.",
        ),
        "airport_name_copied": wrong(
            design(
                COPIED_AIRPORT,
                rename_airport=SECTIONS["rename_airport"]
                + "\nUPDATE flights SET dest_name = :name WHERE dest = :code;",
                record_flight=COPY_AIRPORT,
                flights=SECTIONS["flights"].replace("a.name", "f.dest_name"),
            ),
            "An airport takes one new name, and more than one row is written: the name stands in other rows too, here "
            "in those of the flights that go there.",
            hint="A flight needs to know where it goes. Does it need to know the name?",
        ),
        "airport_copy_left_behind": wrong(
            design(
                COPIED_AIRPORT,
                record_flight=COPY_AIRPORT,
                flights=SECTIONS["flights"].replace("a.name", "f.dest_name"),
            ),
            "An airport's new name is written down, but the flights do not show it. Where each flight holds a copy of "
            "the name, the copies keep the old one.",
            hint="If the flights read the name where it is kept, there is nothing to forget.",
        ),
        "renames_every_carrier": wrong(
            design({}, rename_carrier="UPDATE carriers SET name = :name;"),
            "One carrier takes another name, and your rename_carrier does not write it in that row and no other. "
            "Without a WHERE, an UPDATE writes to all rows.",
            hint="rename_carrier is given two values. Where does the code come in?",
        ),
        "renames_every_airport": wrong(
            design({}, rename_airport="UPDATE airports SET name = :name;"),
            "One airport takes another name, and your rename_airport does not write it in that row and no other. "
            "Without a WHERE, an UPDATE writes to all rows.",
            hint="rename_airport is given two values. Where does the code come in?",
        ),
        "removes_by_number": wrong(
            design({}, remove_flight="DELETE FROM flights WHERE flight = :flight;"),
            "Your remove_flight does not take out one flight alone. Each of its four values is needed to say which one "
            "is meant: there are others on that day, of that carrier, of that number, from that airport.",
            hint="Which flights are in the plan that your condition cannot tell from the one that is meant?",
        ),
        "removes_all": wrong(
            design({}, remove_flight="DELETE FROM flights;"),
            "One flight was to be taken out, and none is left. Without a WHERE, a DELETE takes every row.",
            hint="remove_flight is given four values that say which flight is meant.",
        ),
        "removes_without_origin": wrong(
            design(
                {},
                remove_flight="DELETE FROM flights WHERE day = :day AND carrier = :carrier AND flight = :flight;",
            ),
            "A carrier's number may leave two airports on one day. Your remove_flight takes out both flights.",
            hint="remove_flight is given four values. How many does your condition use?",
        ),
        "question_that_deletes": wrong(
            design({}, planes="DELETE FROM planes RETURNING tailnum, model;"),
            "A question leaves everything as it was. Yours is refused once flights point at what it asks for.",
            hint="A question begins with SELECT or WITH.",
        ),
        "planes_that_fly": wrong(
            design({}, planes="SELECT DISTINCT tailnum, model FROM planes JOIN flights USING (tailnum);"),
            "Your question planes does not give each plane that was recorded, once. One that has not flown yet is "
            "among them, and a plane is found through its flights only if it has some.",
            hint="Which table has a row for every plane?",
        ),
        "only_three_airports": wrong(
            design({}, airports="SELECT code, name FROM airports ORDER BY code LIMIT 3;"),
            "Your question airports does not give the airports that are known, all of them and each once.",
            hint="Does anything in the question leave rows out, or look for them where not all of them are?",
        ),
        "name_is_the_key": wrong(
            design(
                {
                    CARRIERS: "CREATE TABLE carriers (code text UNIQUE NOT NULL, name text PRIMARY KEY);",
                    "REFERENCES carriers,": "REFERENCES carriers ON UPDATE CASCADE,",
                },
                record_flight="""
INSERT INTO flights
VALUES (:day, coalesce((SELECT name FROM carriers WHERE code = :carrier), :carrier),
        :flight, :origin, :dest, :tailnum);
""",
                remove_flight="""
DELETE FROM flights
WHERE day = :day AND flight = :flight AND origin = :origin
  AND carrier = (SELECT name FROM carriers WHERE code = :carrier);
""",
                flights=SECTIONS["flights"].replace("f.carrier,", "c.code,").replace("c.code = ", "c.name = "),
            ),
            "The flights point at a carrier by its name, so the name stands in every flight and ON UPDATE CASCADE "
            "rewrites them all. Point by what does not change: the code.",
            hint="What stays the same when a carrier takes another name?",
        ),
        "no_foreign_keys": wrong(
            design(
                {
                    "NOT NULL REFERENCES carriers": "NOT NULL",
                    "NOT NULL REFERENCES airports": "NOT NULL",
                    "text    REFERENCES planes": "text",
                }
            ),
            "The tables are apart, but nothing holds them together: a flight may name a carrier, an airport or a plane "
            "that does not exist. A foreign key is what makes the split safe.",
            hint="One word after a column says that its value must exist in another table.",
        ),
        "airports_that_are_served": wrong(
            design({}, airports="SELECT DISTINCT code, name FROM airports JOIN flights ON code IN (origin, dest);"),
            "Your question airports gives no airport once the last flight is gone. An airport is found through its "
            "flights only if it has some.",
            hint="Which table has a row for every airport?",
        ),
        "carrier_not_checked": wrong(
            design({"NOT NULL REFERENCES carriers": "NOT NULL"}),
            "A flight of a carrier that nobody knows is not refused. Either no foreign key looks the carrier up, or "
            "your record_flight gets round it: it makes the carrier up, or its INSERT … SELECT finds no row, and the "
            "flight is lost without a word.",
            hint="Let the value that was given reach a column with a foreign key.",
        ),
        "airports_not_checked": wrong(
            design({"NOT NULL REFERENCES airports": "NOT NULL"}),
            "A flight may leave from, and go to, an airport that nobody knows: nothing looks these two up, or your "
            "record_flight gets round what does.",
            hint="A foreign key looks up one value. A flight names two airports.",
        ),
        "route_in_one_column": wrong(
            design(
                {
                    "    origin  text    NOT NULL REFERENCES airports,\n": "    route   text    NOT NULL,\n",
                    "    dest    text    NOT NULL REFERENCES airports,\n": "",
                    "flight, origin)": "flight, route)",
                },
                record_flight="""
INSERT INTO flights VALUES (:day, :carrier, :flight, :origin || '-' || :dest, :tailnum);
""",
                remove_flight="""
DELETE FROM flights
WHERE day = :day AND carrier = :carrier AND flight = :flight AND split_part(route, '-', 1) = :origin;
""",
                flights="""
SELECT f.day, f.carrier, c.name, f.flight, split_part(f.route, '-', 1), a.code, a.name, f.tailnum, p.model
FROM flights f
JOIN carriers c ON c.code = f.carrier
JOIN airports a ON a.code = split_part(f.route, '-', 2)
LEFT JOIN planes p ON p.tailnum = f.tailnum;
""",
            ),
            "A route such as LGA-LEX is a list of two airports in one value. A foreign key sees the value as a whole, "
            "so it cannot check either of them.",
            hint="Give each end of the route a column of its own.",
        ),
        "key_without_origin": wrong(
            design({"PRIMARY KEY (day, carrier, flight, origin)": "PRIMARY KEY (day, carrier, flight)"}),
            "Day, carrier and number look like enough. In the real rows they are not: 24 times in that year, a carrier "
            "used one number at two airports on one day.",
            hint="The action remove_flight says what tells one flight from another.",
        ),
        "number_is_the_key": wrong(
            design(
                {
                    "flight  integer NOT NULL": "flight  integer PRIMARY KEY",
                    ",\n    PRIMARY KEY (day, carrier, flight, origin)": "",
                }
            ),
            "A flight number is used again the next day, and by other carriers. Alone it does not tell flights apart.",
            hint="The action remove_flight says what tells one flight from another.",
        ),
        "no_key": wrong(
            design({",\n    PRIMARY KEY (day, carrier, flight, origin)": ""}),
            "A flight can be recorded twice, and nobody is told. Either nothing in your tables tells one flight from "
            "another, or your SQL passes over the second one, as ON CONFLICT DO NOTHING does.",
            hint="Which columns, taken together, tell two flights apart? The action remove_flight names them.",
        ),
        "dest_in_the_key": wrong(
            design({"PRIMARY KEY (day, carrier, flight, origin)": "PRIMARY KEY (day, carrier, flight, origin, dest)"}),
            "One flight can be recorded with two destinations or two planes. A key holds what tells flights apart and "
            "nothing more: each further column lets a flight in once more.",
            hint="The action remove_flight says what tells one flight from another.",
        ),
        "plane_required": wrong(
            design({"text    REFERENCES planes": "text    NOT NULL REFERENCES planes"}),
            "A flight cannot be planned until its plane is named, and a cancelled one may never have a plane.",
            hint="Which column may be empty, and which two words keep it from being so?",
        ),
        "plane_in_the_key": wrong(
            design(
                {"PRIMARY KEY (day, carrier, flight, origin)": "PRIMARY KEY (day, carrier, flight, origin, tailnum)"}
            ),
            "The columns of a primary key are never NULL, so no flight goes in before its plane is named. And one "
            "flight goes in twice, with two planes.",
            hint="The action remove_flight says what tells one flight from another. Is the plane among it?",
        ),
        "join_drops_flights": wrong(
            design({}, flights=SECTIONS["flights"].replace("LEFT JOIN", "JOIN")),
            "A flight without a plane does not come back as it went in. If your question joins flights to planes by "
            "JOIN, such a flight finds no partner and drops out.",
            hint="There is a join that keeps the rows of its left side.",
        ),
    },
    hints=(
        "In the flat table, which facts would be there without any flight? Each kind of them wants a table.",
        "A flight names its carrier, its two airports and its plane. REFERENCES after a column makes the name a "
        "promise.",
        "Four tables. Carriers, airports and planes have their code as key; flights holds only codes, and its key is "
        "day, carrier, flight and origin.",
    ),
)

of_the_destination = choice(
    "1.1.7",
    minutes=2,
    options={"a": "distance", "b": "dest_tzone", "c": "air_time", "d": "carrier_origins"},
    proof="""
        WITH spread AS (
            SELECT min(distance) < max(distance) AS a, min(dest_tzone) < max(dest_tzone) AS b,
                   min(air_time) < max(air_time) AS c, min(carrier_origins) < max(carrier_origins) AS d
            FROM flights_flat
            GROUP BY dest
        )
        SELECT CASE WHEN NOT bool_or(a) THEN 'a' WHEN NOT bool_or(b) THEN 'b' WHEN NOT bool_or(c) THEN 'c' ELSE 'd' END
        FROM spread
    """,
    because={
        "a": "A distance has two ends: the same airport is not equally far from Newark and from Kennedy.",
        "c": "Each flight takes its own time in the air, to the same airport too.",
        "d": "The list belongs to the carrier. Several carriers fly to one destination.",
    },
    hints=(
        "Think of two flights that go to the same airport. What must be the same in both rows?",
        "Take away the other end of the route, the carrier and the weather. What is left?",
        "It would stay the same if the airport were reached from Paris.",
    ),
)
