"""Exercises of lesson 1.3."""

from mnemo_helpers.grading import (
    Action,
    Parts,
    Question,
    choice,
    counterexample,
    determines,
    history,
    joins_back,
    prediction,
    query,
    refused,
    relation,
    schema,
    wrong,
)
from mnemo_helpers.relations import Relation

meals = relation(
    "1.3.1",
    minutes=3,
    of=Relation(
        "day, flight, meal, portions, price, kitchen",
        "day, flight, meal -> portions; meal -> price; flight -> kitchen",
        name="loads",
    ),
    asks=Parts("2NF"),
    reference="(day, flight, meal, portions), (meal, price), (flight, kitchen)",
    accepts=(
        "day, flight, meal, portions\nprice, meal\nkitchen, flight\nflight, meal",
        "(kitchen, flight); (meal, price); (portions, meal, flight, day); (day, flight)",
    ),
    rejects={
        "one_arrow_left": wrong(
            "(day, flight, meal, portions, kitchen), (meal, price)",
            "The price has found its place. The kitchen still stands beside a meal, and it has nothing to do with it.",
            hint="Which part of the key determines the kitchen?",
        ),
        "both_in_one_part": wrong(
            "(day, flight, meal, portions), (flight, meal, price, kitchen)",
            "You took both facts out, into one part. Its key is flight and meal together, and each of the two facts "
            "hangs on one of them: the same trouble, one table further.",
            hint="Two left sides, two parts.",
        ),
        "part_of_the_key_lost": wrong(
            "(day, flight, portions), (meal, price), (flight, kitchen)",
            "No part says any more which portions are of which meal. Joined, each meal goes with each flight.",
            hint="What is left behind keeps the whole key: the left sides stay in it.",
        ),
        "right_side_left_alone": wrong(
            "(day, flight, meal, portions), (price), (kitchen)",
            "The price has left, and taken nothing along that says what it is a price of. An arrow goes with both its "
            "ends.",
            hint="A part is the left side and the right side of an arrow.",
        ),
        "everything": wrong(
            "(day, flight, meal, portions, price, kitchen)",
            "This is the table as it was. Each price stands in it as often as its meal is loaded.",
        ),
    },
    hints=(
        "The key is day, flight and meal. Which of the three arrows begin at a part of it?",
        "Each of these arrows becomes a part: its left side with its right side.",
        "meal -> price has become (meal, price). Do the same with the arrow that begins at flight.",
    ),
)

LOG = Relation(
    "tailnum, day, mechanic, hours, name, hangar, phone",
    "tailnum, day, mechanic -> hours; mechanic -> name, hangar; hangar -> phone",
    name="log",
)

hangar_log = relation(
    "1.3.2",
    minutes=4,
    of=LOG,
    asks=Parts("3NF"),
    reference="(tailnum, day, mechanic, hours), (mechanic, name, hangar), (hangar, phone)",
    accepts=(
        "tailnum, day, mechanic, hours\nmechanic, name\nmechanic, hangar\nhangar, phone",
        "(phone, hangar); (hangar, mechanic, name); (mechanic, tailnum, hours, day); (mechanic, hangar)",
    ),
    rejects={
        "second_form_only": wrong(
            "(tailnum, day, mechanic, hours), (mechanic, name, hangar, phone)",
            "This is second normal form: nothing hangs on a part of a key. But the phone comes by way of the hangar, "
            "and it is stored once for each mechanic who is at home there.",
            hint="In the part of the mechanics, which column is about something else than a mechanic?",
        ),
        "phone_of_the_mechanic": wrong(
            "(tailnum, day, mechanic, hours), (mechanic, name, hangar), (mechanic, phone)",
            "Each part is in third normal form, and nothing is invented. Yet hangar and phone never meet in one part, "
            "so no table can say that a hangar has one number.",
            hint="A phone belongs to the left side of its arrow.",
        ),
        "hangar_in_the_log": wrong(
            "(tailnum, day, mechanic, hours, hangar), (mechanic, name), (hangar, phone)",
            "The hangar stands beside each piece of work, though the mechanic alone determines it.",
            hint="Which arrow ends at hangar, and where does it begin?",
        ),
        "hangar_not_reached": wrong(
            "(tailnum, day, mechanic, hours), (mechanic, name), (hangar, phone)",
            "No part says any more which hangar a mechanic is at home in. The left side of an arrow stays behind where "
            "it was cut out, to point with.",
            hint="How does one get from a mechanic to a phone?",
        ),
        "work_without_mechanic": wrong(
            "(tailnum, day, hours), (mechanic, name, hangar), (hangar, phone)",
            "No part says who did which work. Joined, each mechanic has done all of it.",
            hint="The part that is left over keeps the whole key.",
        ),
        "one_part_for_each_kind_of_thing": wrong(
            "(tailnum, day), (mechanic, name, hangar), (hangar, phone), (tailnum, mechanic, hours)",
            "The hours are of one plane, one mechanic and one day. Without the day, the hours of two days get mixed "
            "up.",
            hint="Take the left side of an arrow whole.",
        ),
    },
    hints=(
        "Which arrows do not begin at the whole key? There are two of them.",
        "mechanic -> name, hangar becomes a part. Is that part in third normal form if the phone comes along?",
        "Three arrows, three parts; the one of the log keeps the mechanic, the one of the mechanics keeps the hangar.",
    ),
)

two_parts = prediction(
    "1.3.3",
    minutes=1,
    label="rows",
    unit="rows",
    measure="""SELECT count(*)
FROM (SELECT DISTINCT carrier, origin FROM flights_flat) AS leaves
JOIN (SELECT DISTINCT origin, dest FROM flights_flat) AS connects USING (origin)""",
    within_factor=2,
    because={
        "too_low": "A carrier meets all destinations of an airport, its own and those of the others. There are three "
        "airports, so an airport has about 75 destinations, and 35 rows meet them.",
        "too_high": "The rows meet only where the airport is the same, and there are three airports.",
    },
)

seats_in_common = counterexample(
    "1.3.4",
    minutes=4,
    tables="""
        CREATE TABLE fleet (tailnum text PRIMARY KEY, model text NOT NULL, seats integer NOT NULL)
    """,
    given=(determines("fleet", "model", "seats"),),
    claim=joins_back("fleet", "tailnum, seats", "model, seats"),
    reference="INSERT INTO fleet (tailnum, model, seats) VALUES ('N1', 'A320', 180), ('N2', '737-800', 180)",
    accepts=(
        "('a', 'x', 1), ('b', 'y', 1)",
        "INSERT INTO fleet VALUES ('N1', 'A320', 180), ('N2', 'A320', 180), ('N3', '737', 180), ('N4', 'DC-3', 28)",
        "INSERT INTO fleet (seats, model, tailnum) VALUES (0, '', 'N1');\n"
        "INSERT INTO fleet (seats, model, tailnum) VALUES (0, 'none', 'N2')",
    ),
    mistake="""
        SELECT CASE WHEN count(*) < 2 THEN 'one_plane'
                    WHEN count(DISTINCT model) < count(*) THEN 'same_model'
                    ELSE 'nothing_in_common' END
        FROM fleet
    """,
    rejects={
        "one_plane": wrong(
            "INSERT INTO fleet VALUES ('N1', 'A320', 180)",
            "One row is cut in two and put together again: there is no other piece to take by mistake.",
        ),
        "same_model": wrong(
            "INSERT INTO fleet VALUES ('N1', 'A320', 180), ('N2', 'A320', 180)",
            "Your planes have their seats in common, and so they meet each other's model. But it is the same model, so "
            "what the join makes up is true.",
            hint="Two planes with the same number of seats. In what must they differ?",
        ),
        "nothing_in_common": wrong(
            "INSERT INTO fleet VALUES ('N1', 'A320', 180), ('N2', '737-700', 149)",
            "Each number of seats belongs to one model, so seats find their own model again. The join goes wrong where "
            "it has a choice.",
            hint="On which column are the parts joined?",
        ),
        "model_with_two_seats": wrong(
            "INSERT INTO fleet VALUES ('N1', 'A320', 180), ('N2', 'A320', 150)",
            "In this fleet all planes of a model have the same number of seats: model -> seats is given.",
        ),
        "plane_twice": wrong(
            "INSERT INTO fleet VALUES ('N1', 'A320', 180), ('N1', '737-800', 180)",
            "One plane is of one model: tailnum is the key.",
        ),
    },
    hints=(
        "The parts have only seats in common. When does a plane find more than one model there?",
        "Two rows are enough. In which column must they agree, and in which differ, for the join to have a choice?",
        "model -> seats forbids one model with two numbers of seats. Does it forbid the other way round?",
    ),
)


def flat(values: str) -> str:
    """Return SQL that puts flights into the flat table: carrier, flight, origin, destination."""
    return f"INSERT INTO flights_flat (carrier, flight, origin, dest) VALUES {values};"


PARTS = """WITH leaves AS (SELECT DISTINCT carrier, origin FROM flights_flat),
     reaches AS (SELECT DISTINCT carrier, dest FROM flights_flat),
     routes AS (SELECT DISTINCT carrier, origin, dest FROM flights_flat)
"""

invented_routes = query(
    "1.3.5",
    minutes=5,
    optional=True,
    reference=PARTS
    + """SELECT carrier, count(*) AS invented
FROM (SELECT carrier, origin, dest FROM leaves JOIN reaches USING (carrier)
      EXCEPT SELECT carrier, origin, dest FROM routes) AS never_flown
GROUP BY carrier""",
    rows={
        "a carrier that flies one route from each of two airports": flat(
            "('UA', 1, 'EWR', 'BOS'), ('UA', 2, 'LGA', 'ORD')"
        ),
        "a route that one carrier flies, another does not, and some fly twice": flat(
            """('UA', 1, 'EWR', 'BOS'), ('UA', 2, 'EWR', 'BOS'), ('UA', 3, 'EWR', 'ORD'), ('UA', 4, 'LGA', 'ORD'),
               ('AA', 5, 'LGA', 'BOS'), ('AA', 6, 'LGA', 'ORD'), ('DL', 7, 'JFK', 'LAX'), ('DL', 8, 'LGA', 'ATL'),
               ('DL', 9, 'LGA', 'MSP'), ('DL', 9, 'LGA', 'MSP')"""
        ),
    },
    accepts=(
        "SELECT carrier, count(DISTINCT origin) * count(DISTINCT dest) - count(DISTINCT (origin, dest)) "
        "FROM flights_flat GROUP BY carrier "
        "HAVING count(DISTINCT origin) * count(DISTINCT dest) > count(DISTINCT (origin, dest))",
        PARTS
        + "SELECT carrier, count(*) FROM leaves JOIN reaches USING (carrier) WHERE NOT EXISTS (SELECT FROM routes r "
        "WHERE r.carrier = leaves.carrier AND r.origin = leaves.origin AND r.dest = reaches.dest) GROUP BY carrier",
        PARTS + "SELECT l.carrier, count(*) FROM leaves l JOIN reaches USING (carrier) "
        "LEFT JOIN routes r USING (carrier, origin, dest) WHERE r.origin IS NULL GROUP BY l.carrier",
    ),
    rejects={
        "counts_the_join": wrong(
            PARTS + "SELECT carrier, count(*) FROM leaves JOIN reaches USING (carrier) GROUP BY carrier",
            "You count all that the join gives. The routes that the carrier does fly are among it.",
            hint="Take away what was there before the split.",
        ),
        "other_way_round": wrong(
            PARTS + "SELECT carrier, count(*) FROM (SELECT carrier, origin, dest FROM routes EXCEPT "
            "SELECT carrier, origin, dest FROM leaves JOIN reaches USING (carrier)) AS lost GROUP BY carrier",
            "You look for routes that the join has lost, and there are none: a lossy split never loses a row. It "
            "invents some.",
            hint="EXCEPT gives what stands above it and not below it.",
        ),
        "flown_by_anybody": wrong(
            PARTS + "SELECT carrier, count(*) FROM leaves JOIN reaches USING (carrier) "
            "WHERE (origin, dest) NOT IN (SELECT origin, dest FROM routes) GROUP BY carrier",
            "You take a route for true if anybody flies it. That Delta flies it does not make it United's.",
            hint="A route has three columns here. Compare all of them.",
        ),
        "joined_on_nothing": wrong(
            PARTS + "SELECT carrier, count(*) FROM (SELECT l.carrier, origin, dest FROM leaves l CROSS JOIN reaches "
            "EXCEPT SELECT carrier, origin, dest FROM routes) AS made_up GROUP BY carrier",
            "Your parts are joined on nothing, so a carrier reaches the destinations of all the others. They share the "
            "carrier.",
            hint="USING names the column that both parts have.",
        ),
        "takes_away_flights": wrong(
            "SELECT carrier, count(DISTINCT origin) * count(DISTINCT dest) - count(*) FROM flights_flat "
            "GROUP BY carrier HAVING count(DISTINCT origin) * count(DISTINCT dest) <> count(*)",
            "You take away the flights. A route is flown many times, and it is one route.",
            hint="How many different pairs of origin and destination does the carrier have?",
        ),
        "those_with_none_too": wrong(
            "SELECT carrier, count(DISTINCT origin) * count(DISTINCT dest) - count(DISTINCT (origin, dest)) "
            "FROM flights_flat GROUP BY carrier",
            "Right numbers, and too many rows: carriers for which nothing is invented are to be left out.",
        ),
    },
    hints=(
        "Join the two parts on what they share. What does the result have that the routes do not have?",
        "EXCEPT between the joined rows and the routes leaves the invented ones.",
        "Put that into a subquery in FROM, and count its rows for each carrier.",
    ),
)

who_what_where = counterexample(
    "1.3.6",
    minutes=4,
    optional=True,
    tables="""
        CREATE TABLE deliveries (
            supplier text NOT NULL, part text NOT NULL, hangar text NOT NULL, PRIMARY KEY (supplier, part, hangar)
        )
    """,
    claim=joins_back("deliveries", "supplier, part", "part, hangar", "supplier, hangar"),
    reference="""
        INSERT INTO deliveries (supplier, part, hangar)
        VALUES ('Acme', 'bolt', 'Newark'), ('Acme', 'seal', 'Kennedy'), ('Brand', 'bolt', 'Kennedy')
    """,
    accepts=(
        "('a', 'x', '1'), ('b', 'x', '2'), ('a', 'y', '2')",
        """INSERT INTO deliveries VALUES ('Acme', 'bolt', 'Newark');
           INSERT INTO deliveries VALUES ('Acme', 'seal', 'Kennedy');
           INSERT INTO deliveries VALUES ('Brand', 'bolt', 'Kennedy');
           INSERT INTO deliveries VALUES ('Brand', 'tyre', 'Boston')""",
        "INSERT INTO deliveries (hangar, supplier, part) VALUES ('H', 'A', 'q'), ('G', 'A', 'p'), ('H', 'B', 'p')",
    ),
    mistake="""
        SELECT CASE
            WHEN count(*) < 3 THEN 'two_rows'
            WHEN bool_or(EXISTS (
                SELECT FROM deliveries a JOIN deliveries b ON b.supplier = d.supplier AND b.hangar = a.hangar
                WHERE a.part = d.part AND a.supplier <> d.supplier AND a.hangar <> d.hangar AND b.part <> d.part
            )) THEN 'it_is_delivered'
            ELSE 'no_circle' END
        FROM deliveries d
    """,
    rejects={
        "two_rows": wrong(
            "INSERT INTO deliveries VALUES ('Acme', 'bolt', 'Newark'), ('Brand', 'bolt', 'Kennedy')",
            "Two rows would do for two parts. Here three pieces must come from somewhere, and with two rows two of "
            "them are from the same one. Then the made-up row is that row.",
            hint="Take one row for each of the three parts.",
        ),
        "no_circle": wrong(
            "INSERT INTO deliveries VALUES ('Acme', 'bolt', 'Newark'), ('Acme', 'seal', 'Kennedy'), "
            "('Brand', 'bolt', 'Boston')",
            "The third piece does not fit. Two of the parts put a row together, and the last one does not know it.",
            hint="Write down the row that is to be invented first. Which three facts must be known for it?",
        ),
        "it_is_delivered": wrong(
            "INSERT INTO deliveries VALUES ('Acme', 'bolt', 'Newark'), ('Acme', 'seal', 'Kennedy'), "
            "('Brand', 'bolt', 'Kennedy'), ('Acme', 'bolt', 'Kennedy')",
            "The three pieces are there and fit. But the row that they make is one of yours, so nothing is invented.",
            hint="Leave out the row that the others make.",
        ),
        "delivered_twice": wrong(
            "INSERT INTO deliveries VALUES ('Acme', 'bolt', 'Newark'), ('Acme', 'bolt', 'Newark')",
            "A delivery is one row. The same one twice says nothing new.",
        ),
    },
    hints=(
        "The flights above did it with three rows. Which values did they share?",
        "Begin with the row that is to be invented: a supplier, a part, a hangar. Each two of these must be true.",
        "Acme delivers bolts somewhere, somebody delivers bolts to Kennedy, Acme delivers something to Kennedy.",
    ),
)

ACTIONS = (
    Action("record_hangar", ("hangar", "phone"), says="A hangar becomes known, with the number to call."),
    Action("change_phone", ("hangar", "phone"), says="A hangar gets another number."),
    Action("record_mechanic", ("mechanic", "name", "hangar"), says="A mechanic becomes known, at home in a hangar."),
    Action("rename_mechanic", ("mechanic", "name"), says="A mechanic takes another name."),
    Action("record_work", ("tailnum", "day", "mechanic", "hours"), says="Work on a plane is written down."),
)
QUESTIONS = (
    Question(
        "log",
        ("tailnum", "day", "mechanic", "hours", "name", "hangar", "phone"),
        says="All work, with whom to call about it.",
    ),
    Question("mechanics", ("mechanic", "name", "hangar", "phone"), says="Every mechanic who is known."),
    Question("hangars", ("hangar", "phone"), says="Every hangar that is known."),
)

HANGARS = "CREATE TABLE hangars (hangar text PRIMARY KEY, phone text NOT NULL);"
MECHANICS = """
CREATE TABLE mechanics (
    mechanic text PRIMARY KEY,
    name     text NOT NULL,
    hangar   text NOT NULL REFERENCES hangars
);
"""
WORK = """
CREATE TABLE work (
    tailnum  text,
    day      date,
    mechanic text REFERENCES mechanics,
    hours    integer NOT NULL,
    PRIMARY KEY (tailnum, day, mechanic)
);
"""
SECTIONS = {
    "record_hangar": "INSERT INTO hangars VALUES (:hangar, :phone);",
    "change_phone": "UPDATE hangars SET phone = :phone WHERE hangar = :hangar;",
    "record_mechanic": "INSERT INTO mechanics VALUES (:mechanic, :name, :hangar);",
    "rename_mechanic": "UPDATE mechanics SET name = :name WHERE mechanic = :mechanic;",
    "record_work": "INSERT INTO work (tailnum, day, mechanic, hours) VALUES (:tailnum, :day, :mechanic, :hours);",
    "log": """
SELECT tailnum, day, mechanic, hours, name, hangar, phone
FROM work JOIN mechanics USING (mechanic) JOIN hangars USING (hangar);
""",
    "mechanics": "SELECT mechanic, name, hangar, phone FROM mechanics JOIN hangars USING (hangar);",
    "hangars": "SELECT hangar, phone FROM hangars;",
}


def answer(*tables: str, **sections: str) -> str:
    """Return an answer to the schema exercise: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables), *parts])


def design(changes: dict[str, str], **sections: str) -> str:
    """Return the reference's three tables with parts of them replaced, each of which must be there."""
    tables = "\n".join((HANGARS, MECHANICS.strip(), WORK.strip()))
    for old, new in changes.items():
        if old not in tables:
            raise ValueError(f"{old!r} is not in the tables")
        tables = tables.replace(old, new)
    return answer(tables, **sections)


# Two hangars, two mechanics in one of them, one in the other.
KNOWN = (
    ("record_hangar", "Newark", "555-01"),
    ("record_hangar", "Kennedy", "555-02"),
    ("record_mechanic", "M1", "Ada", "Newark"),
    ("record_mechanic", "M2", "Ben", "Newark"),
    ("record_mechanic", "M3", "Cleo", "Kennedy"),
)
MORNING = ("record_work", "N101", "2013-11-24", "M1", "3")

# A name copied into each piece of work, a phone copied to each mechanic.
COPIED_NAME = {"    hours    integer NOT NULL,\n": "    hours    integer NOT NULL,\n    name     text,\n"}
COPY_NAME = """
INSERT INTO work (tailnum, day, mechanic, hours, name)
VALUES (:tailnum, :day, :mechanic, :hours, (SELECT name FROM mechanics WHERE mechanic = :mechanic));
"""
LOG_COPIED_NAME = """
SELECT tailnum, day, mechanic, hours, work.name, hangar, phone
FROM work JOIN mechanics USING (mechanic) JOIN hangars USING (hangar);
"""
COPIED_PHONE = {"hangar   text NOT NULL REFERENCES hangars": "hangar   text NOT NULL REFERENCES hangars, phone text"}
COPY_PHONE = """
INSERT INTO mechanics VALUES (:mechanic, :name, :hangar, (SELECT phone FROM hangars WHERE hangar = :hangar));
"""
LOG_COPIED_PHONE = """
SELECT tailnum, day, mechanic, hours, name, hangar, phone FROM work JOIN mechanics USING (mechanic);
"""
MECHANICS_COPIED_PHONE = "SELECT mechanic, name, hangar, phone FROM mechanics;"

# 23503 from a foreign key; 23502 where a look-up finds nothing and the column must not be empty.
UNKNOWN = ("23503", "23502")

hangar_schema = schema(
    "1.3.7",
    minutes=10,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "A hangar is known before it has a mechanic, a mechanic before any work.": history(
            *KNOWN,
            ("record_hangar", "Boston", "555-03"),
            gives={
                "hangars": [("Newark", "555-01"), ("Kennedy", "555-02"), ("Boston", "555-03")],
                "mechanics": [
                    ("M1", "Ada", "Newark", "555-01"),
                    ("M2", "Ben", "Newark", "555-01"),
                    ("M3", "Cleo", "Kennedy", "555-02"),
                ],
                "log": [],
            },
        ),
        "Work comes back as it was written down: each with its own plane, day, mechanic and hours.": history(
            *KNOWN,
            MORNING,
            ("record_work", "N101", "2013-11-24", "M2", "5"),
            ("record_work", "N102", "2013-11-24", "M1", "2"),
            ("record_work", "N101", "2013-11-25", "M1", "5"),
            ("record_work", "N102", "2013-11-25", "M3", "3"),
            gives={
                "log": [
                    ("N101", "2013-11-24", "M1", 3, "Ada", "Newark", "555-01"),
                    ("N101", "2013-11-24", "M2", 5, "Ben", "Newark", "555-01"),
                    ("N102", "2013-11-24", "M1", 2, "Ada", "Newark", "555-01"),
                    ("N101", "2013-11-25", "M1", 5, "Ada", "Newark", "555-01"),
                    ("N102", "2013-11-25", "M3", 3, "Cleo", "Kennedy", "555-02"),
                ]
            },
        ),
        "Two mechanics may work on one plane on one day.": history(
            *KNOWN, MORNING, ("record_work", "N101", "2013-11-24", "M2", "3")
        ),
        "A mechanic may work on two planes on one day.": history(
            *KNOWN, MORNING, ("record_work", "N102", "2013-11-24", "M1", "3")
        ),
        "A mechanic may work on a plane again the next day.": history(
            *KNOWN, MORNING, ("record_work", "N101", "2013-11-25", "M1", "3")
        ),
        "Two mechanics may bear one name.": history(*KNOWN, ("record_mechanic", "M4", "Ada", "Kennedy")),
        "Two hangars may share one number.": history(*KNOWN, ("record_hangar", "Boston", "555-01")),
        "A mechanic's new name, and nobody else's, is on all that the mechanic has done.": history(
            *KNOWN,
            MORNING,
            ("record_work", "N101", "2013-11-24", "M2", "5"),
            ("rename_mechanic", "M1", "Adele"),
            gives={
                "log": [
                    ("N101", "2013-11-24", "M1", 3, "Adele", "Newark", "555-01"),
                    ("N101", "2013-11-24", "M2", 5, "Ben", "Newark", "555-01"),
                ]
            },
        ),
        "A hangar's new number, and no other's, is the one to call about each mechanic of it.": history(
            *KNOWN,
            MORNING,
            ("change_phone", "Newark", "555-77"),
            gives={
                "log": [("N101", "2013-11-24", "M1", 3, "Ada", "Newark", "555-77")],
                "mechanics": [
                    ("M1", "Ada", "Newark", "555-77"),
                    ("M2", "Ben", "Newark", "555-77"),
                    ("M3", "Cleo", "Kennedy", "555-02"),
                ],
                "hangars": [("Newark", "555-77"), ("Kennedy", "555-02")],
            },
        ),
    },
    illegal={
        "Work is done by a mechanic who is known.": refused(
            *KNOWN, ("record_work", "N101", "2013-11-24", "M9", "3"), sqlstates=UNKNOWN
        ),
        "A mechanic is at home in a hangar that is known.": refused(
            *KNOWN, ("record_mechanic", "M9", "Dora", "Nowhere"), sqlstates=UNKNOWN
        ),
        "What a mechanic did to a plane on a day is written down once.": refused(
            *KNOWN, MORNING, MORNING, sqlstates=("23505",)
        ),
        "A mechanic's work on a plane on a day has one number of hours.": refused(
            *KNOWN, MORNING, ("record_work", "N101", "2013-11-24", "M1", "4"), sqlstates=("23505",)
        ),
        "A mechanic has one name and one hangar.": refused(
            *KNOWN, ("record_mechanic", "M1", "Dora", "Kennedy"), sqlstates=("23505",)
        ),
        "A hangar has one number.": refused(*KNOWN, ("record_hangar", "Newark", "555-99"), sqlstates=("23505",)),
    },
    one_fact={
        "The name of a mechanic stands in one row.": history(
            *KNOWN, MORNING, ("record_work", "N102", "2013-11-25", "M1", "2"), ("rename_mechanic", "M1", "Adele")
        ),
        "The number of a hangar stands in one row.": history(*KNOWN, MORNING, ("change_phone", "Newark", "555-77")),
    },
    reference=design({}),
    accepts=(
        # Numbers of the tables' own in place of codes, and other names.
        answer(
            """
CREATE TABLE halls (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text UNIQUE NOT NULL, tel text);
CREATE TABLE staff (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    badge text UNIQUE NOT NULL,
    known_as text,
    hall integer NOT NULL REFERENCES halls
);
CREATE TABLE jobs (
    plane text NOT NULL,
    done_on date NOT NULL,
    worker integer NOT NULL REFERENCES staff,
    hours numeric(4, 1) NOT NULL,
    UNIQUE (worker, done_on, plane)
);
""",
            record_hangar="INSERT INTO halls (title, tel) VALUES (:hangar, :phone);",
            change_phone="UPDATE halls SET tel = :phone WHERE title = :hangar;",
            record_mechanic="""
INSERT INTO staff (badge, known_as, hall) VALUES (:mechanic, :name, (SELECT id FROM halls WHERE title = :hangar));
""",
            rename_mechanic="UPDATE staff SET known_as = :name WHERE badge = :mechanic;",
            record_work="""
INSERT INTO jobs VALUES (:tailnum, :day, (SELECT id FROM staff WHERE badge = :mechanic), :hours);
""",
            log="""
SELECT plane, done_on, badge, hours, known_as, title, tel
FROM jobs JOIN staff ON staff.id = worker JOIN halls ON halls.id = hall;
""",
            mechanics="SELECT badge, known_as, title, tel FROM staff JOIN halls ON halls.id = hall;",
            hangars="SELECT title, tel FROM halls;",
        ),
        # Where a mechanic is at home is told apart from who the mechanic is, and planes have a table.
        design(
            {
                ",\n    hangar   text NOT NULL REFERENCES hangars\n);": "\n);\nCREATE TABLE homes (\n"
                "    mechanic text PRIMARY KEY REFERENCES mechanics, hangar text NOT NULL REFERENCES hangars\n);\n"
                "CREATE TABLE planes (tailnum text PRIMARY KEY);",
                "tailnum  text,": "tailnum  text REFERENCES planes,",
            },
            record_mechanic="""
INSERT INTO mechanics VALUES (:mechanic, :name);
INSERT INTO homes VALUES (:mechanic, :hangar);
""",
            record_work="INSERT INTO planes VALUES (:tailnum) ON CONFLICT DO NOTHING;" + SECTIONS["record_work"],
            log=SECTIONS["log"].replace("JOIN hangars", "JOIN homes USING (mechanic) JOIN hangars"),
            mechanics="""
SELECT mechanic, name, hangar, phone FROM mechanics JOIN homes USING (mechanic) JOIN hangars USING (hangar);
""",
        ),
        # A number of its own for each piece of work, and the key of the business beside it.
        design(
            {
                "    tailnum  text,": "    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
                "    tailnum  text NOT NULL,",
                "    day      date,": "    day      date NOT NULL,",
                "mechanic text REFERENCES": "mechanic text NOT NULL REFERENCES",
                "PRIMARY KEY (tailnum": "UNIQUE (tailnum",
            },
            log="SELECT w.tailnum, w.day, m.mechanic, w.hours, m.name, h.hangar, h.phone FROM hangars h "
            "JOIN mechanics m ON m.hangar = h.hangar JOIN work w ON w.mechanic = m.mechanic;",
        ),
    ),
    rejects={
        "still_flat": wrong(
            answer(
                """
CREATE TABLE log (
    tailnum text, day date, mechanic text, hours integer, name text, hangar text, phone text,
    UNIQUE (tailnum, day, mechanic)
);
""",
                record_hangar="INSERT INTO log (hangar, phone) VALUES (:hangar, :phone);",
                change_phone="UPDATE log SET phone = :phone WHERE hangar = :hangar;",
                record_mechanic="""
INSERT INTO log (mechanic, name, hangar, phone)
VALUES (:mechanic, :name, :hangar, (SELECT max(phone) FROM log WHERE hangar = :hangar));
""",
                rename_mechanic="UPDATE log SET name = :name WHERE mechanic = :mechanic;",
                record_work="""
INSERT INTO log
SELECT :tailnum, :day, :mechanic, :hours, max(name), max(hangar), max(phone) FROM log WHERE mechanic = :mechanic;
""",
                log="SELECT * FROM log WHERE tailnum IS NOT NULL;",
                mechanics="SELECT DISTINCT mechanic, name, hangar, phone FROM log WHERE mechanic IS NOT NULL;",
                hangars="SELECT DISTINCT hangar, phone FROM log WHERE hangar IS NOT NULL;",
            ),
            "All three arrows are still in one table, so names and numbers stand in many of its rows. Give each left "
            "side a table of its own, with that left side as its key.",
            hint="How many different left sides do the three dependencies have?",
        ),
        "name_copied": wrong(
            design(
                COPIED_NAME,
                rename_mechanic=SECTIONS["rename_mechanic"]
                + "\nUPDATE work SET name = :name WHERE mechanic = :mechanic;",
                record_work=COPY_NAME,
                log=LOG_COPIED_NAME,
            ),
            "A mechanic takes one new name, and more than one row is written: the name stands in other rows too, here "
            "beside the work. A part of the key of the work determines it, which second normal form forbids.",
            hint="The work needs to know who did it. Does it need to know the name?",
        ),
        "name_left_behind": wrong(
            design(COPIED_NAME, record_work=COPY_NAME, log=LOG_COPIED_NAME),
            "A mechanic has taken a new name, and the log does not show it. Either the log reads a copy that keeps "
            "the old one, or rename_mechanic does not write the name that it is given.",
            hint="Where the log reads the name where it is kept, there is nothing to forget.",
        ),
        "phone_copied": wrong(
            design(
                COPIED_PHONE,
                record_mechanic=COPY_PHONE,
                change_phone=SECTIONS["change_phone"] + "\nUPDATE mechanics SET phone = :phone WHERE hangar = :hangar;",
                log=LOG_COPIED_PHONE,
                mechanics=MECHANICS_COPIED_PHONE,
            ),
            "A hangar gets one new number, and more than one row is written: the number stands in other rows too, here "
            "with each mechanic. It comes there by way of the hangar, which third normal form forbids.",
            hint="A mechanic needs to know the hangar. Does the number have to come along?",
        ),
        "phone_left_behind": wrong(
            design(COPIED_PHONE, record_mechanic=COPY_PHONE, log=LOG_COPIED_PHONE, mechanics=MECHANICS_COPIED_PHONE),
            "A hangar has got a new number, and somebody who looks it up is not told it. Either a copy is read that "
            "keeps the old one, as with each mechanic, or change_phone does not write the number that it is given.",
            hint="Where the number is read where it is kept, there is nothing to forget.",
        ),
        "name_in_quotes": wrong(
            design({}, rename_mechanic="UPDATE mechanics SET name = ':name' WHERE mechanic = :mechanic;"),
            "The mechanic is now called `:name`. Between quotes a colon and a word are plain text, and no value comes "
            "in for them.",
            hint="The values bring their own quotes.",
        ),
        "phone_in_quotes": wrong(
            design({}, change_phone="UPDATE hangars SET phone = ':phone' WHERE hangar = :hangar;"),
            "The number of the hangar is now `:phone`. Between quotes a colon and a word are plain text, and no value "
            "comes in for them.",
            hint="The values bring their own quotes.",
        ),
        "hours_apart": wrong(
            design(
                {
                    "    mechanic text REFERENCES mechanics,\n    hours    integer NOT NULL,\n"
                    "    PRIMARY KEY (tailnum, day, mechanic)\n);": "    hours    integer,\n"
                    "    PRIMARY KEY (tailnum, day, hours)\n);\nCREATE TABLE crews (\n"
                    "    tailnum text, day date, mechanic text REFERENCES mechanics,\n"
                    "    PRIMARY KEY (tailnum, day, mechanic)\n);"
                },
                record_work="""
INSERT INTO crews VALUES (:tailnum, :day, :mechanic);
INSERT INTO work VALUES (:tailnum, :day, :hours) ON CONFLICT DO NOTHING;
""",
                log="""
SELECT tailnum, day, mechanic, hours, name, hangar, phone
FROM work JOIN crews USING (tailnum, day) JOIN mechanics USING (mechanic) JOIN hangars USING (hangar);
""",
            ),
            "Your log does not show the work as it was written down. If hours and mechanics of a plane and a day stand "
            "in two tables that share only plane and day, each mechanic gets the hours of the others as well.",
            hint="What two parts share must determine all of one of them.",
        ),
        "one_mechanic_a_day": wrong(
            design({"PRIMARY KEY (tailnum, day, mechanic)": "PRIMARY KEY (tailnum, day)"}),
            "A plane may have two mechanics on one day, and your key lets in one.",
            hint="The first dependency says what tells one piece of work from another.",
        ),
        "one_plane_a_day": wrong(
            design({"PRIMARY KEY (tailnum, day, mechanic)": "PRIMARY KEY (mechanic, day)"}),
            "A mechanic may work on two planes on one day, and your key lets in one.",
            hint="The first dependency says what tells one piece of work from another.",
        ),
        "one_day_a_plane": wrong(
            design({"PRIMARY KEY (tailnum, day, mechanic)": "PRIMARY KEY (tailnum, mechanic)"}),
            "A plane comes back the next day to the same mechanic, and your key does not let it.",
            hint="The first dependency says what tells one piece of work from another.",
        ),
        "hours_in_the_key": wrong(
            design({"PRIMARY KEY (tailnum, day, mechanic)": "PRIMARY KEY (tailnum, day, mechanic, hours)"}),
            "The same work can be written down with three hours and with four. What is right of the arrow must not "
            "stand in the key.",
            hint="A key is the left side of the arrow, and nothing more.",
        ),
        "no_key": wrong(
            design({",\n    PRIMARY KEY (tailnum, day, mechanic)": ""}),
            "The same work goes in twice, and nobody is told. Either your tables do not say that the left side of the "
            "first dependency is a key, or your SQL passes over the second one, as ON CONFLICT DO NOTHING does.",
            hint="Which left side has no PRIMARY KEY or UNIQUE?",
        ),
        "name_is_the_key": wrong(
            design({"name     text NOT NULL": "name     text NOT NULL UNIQUE"}),
            "Two mechanics may have the same name. No arrow begins at name, so it is no key.",
            hint="What is UNIQUE that is no left side?",
        ),
        "number_is_a_key": wrong(
            design({"phone text NOT NULL": "phone text NOT NULL UNIQUE"}),
            "Two hangars may share one number, as behind a switchboard. No arrow begins at phone, so it is no key.",
            hint="What is UNIQUE that is no left side?",
        ),
        "mechanic_not_checked": wrong(
            design({"mechanic text REFERENCES mechanics": "mechanic text"}),
            "Work by somebody whom nobody knows is not refused. Either no foreign key looks the mechanic up, or your "
            "record_work gets round it: its INSERT … SELECT finds no mechanic, and the work is lost without a word.",
            hint="The left side of an arrow stands in two tables. A foreign key holds them together.",
        ),
        "hangar_not_checked": wrong(
            design({"text NOT NULL REFERENCES hangars": "text NOT NULL"}),
            "A mechanic may be at home in a hangar that does not exist: nothing looks the hangar up, or your "
            "record_mechanic gets round what does.",
            hint="Which column of the mechanics is the left side of an arrow in another table?",
        ),
        "no_foreign_keys": wrong(
            design(
                {
                    "mechanic text REFERENCES mechanics": "mechanic text",
                    "text NOT NULL REFERENCES hangars": "text NOT NULL",
                }
            ),
            "The tables are apart, and nothing holds them together: neither mechanics nor hangars are looked up.",
            hint="One word after a column says that its value must exist in another table.",
        ),
        "renames_everybody": wrong(
            design({}, rename_mechanic="UPDATE mechanics SET name = :name;"),
            "One mechanic takes another name, and your rename_mechanic does not write it in that row and no other. "
            "Without a WHERE, an UPDATE writes to all rows.",
            hint="rename_mechanic is given two values. Where does the other one come in?",
        ),
        "one_number_for_all": wrong(
            design({}, change_phone="UPDATE hangars SET phone = :phone;"),
            "One hangar gets another number, and your change_phone does not write it in that row and no other. Without "
            "a WHERE, an UPDATE writes to all rows.",
            hint="change_phone is given two values. Where does the other one come in?",
        ),
        "mechanics_who_have_worked": wrong(
            design(
                {},
                mechanics="SELECT DISTINCT mechanic, name, hangar, phone FROM work "
                "JOIN mechanics USING (mechanic) JOIN hangars USING (hangar);",
            ),
            "A question of yours does not give what was recorded, each once, its columns in the order of its heading; "
            "the rows below are from it. If some are missing: a mechanic who has not worked yet is known all the "
            "same, and is not found through the work.",
            hint="Compare the columns with the heading. Then: which table has a row for each of those who are asked?",
        ),
        "hangars_turned_round": wrong(
            design({}, hangars="SELECT phone, hangar FROM hangars;"),
            "Your question hangars gives its columns in another order than its heading: the hangar comes first, then "
            "its phone.",
            hint="The names of the columns are yours. It is their order that tells which is which.",
        ),
        "hangars_with_mechanics": wrong(
            design({}, hangars="SELECT DISTINCT hangar, phone FROM hangars JOIN mechanics USING (hangar);"),
            "A question of yours does not give what was recorded, each once; the rows below are from it. If some are "
            "missing: a hangar without a mechanic is known all the same, and is not found through its mechanics.",
            hint="Which table has a row for every hangar?",
        ),
    },
    hints=(
        "Take your answer to 1.3.2: each part is a table. The left side of its arrow is its key.",
        "PRIMARY KEY on each left side. Where the left side of another arrow stands in a table, REFERENCES.",
        "Three tables: (hangar, phone), (mechanic, name, hangar), (tailnum, day, mechanic, hours).",
    ),
)

MOST_OF_THE_KEY = """
    GROUP BY GROUPING SETS ((year, month, day, carrier, flight), (year, month, day, carrier, origin),
                            (year, month, day, flight, origin), (carrier, flight, origin))
"""

on_a_part = choice(
    "1.3.8",
    minutes=2,
    options={"a": "tailnum", "b": "dest_tzone", "c": "carrier_origins", "d": "arr_delay"},
    proof=f"""
        WITH spread AS (
            SELECT grouping(year, carrier, flight, origin) AS without,
                   min(tailnum) < max(tailnum) AS a, min(dest_tzone) < max(dest_tzone) AS b,
                   min(carrier_origins) < max(carrier_origins) AS c, min(arr_delay) < max(arr_delay) AS d
            FROM flights_flat
            {MOST_OF_THE_KEY.strip()}
        ),
        partial AS (
            SELECT NOT bool_or(a) AS a, NOT bool_or(b) AS b, NOT bool_or(c) AS c, NOT bool_or(d) AS d
            FROM spread
            GROUP BY without
        )
        SELECT CASE WHEN bool_or(a) THEN 'a' WHEN bool_or(b) THEN 'b' WHEN bool_or(c) THEN 'c'
                    WHEN bool_or(d) THEN 'd' END
        FROM partial
    """,
    because={
        "a": "Which plane flies is a fact about one departure: it takes the whole key to know it.",
        "b": "The time zone hangs on the destination, and that is in no key. So this is a transitive dependency: it "
        "breaks third normal form, and second lets it pass.",
        "d": "Each departure has its own delay: it takes the whole key to know it.",
    },
    hints=(
        "For each column, cover a part of the key with your hand. Can you still tell what stands in the column?",
        "One of the four is about a carrier and nothing else. One is about an airport that is in no key.",
        "A list of airports that stands in all rows of a carrier.",
    ),
)
