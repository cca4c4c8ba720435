"""Exercises of lesson 1.4."""

from mnemo_helpers.grading import (
    Action,
    Keys,
    Parts,
    Question,
    Rule,
    choice,
    counterexample,
    history,
    prediction,
    query,
    refused,
    relation,
    schema,
    wrong,
)
from mnemo_helpers.relations import Relation

all_keys = relation(
    "1.4.1",
    minutes=2,
    of=Relation("trainee, type, instructor", "trainee, type -> instructor; instructor -> type"),
    asks=Keys(),
    reference="(trainee, type); (trainee, instructor)",
    accepts=(
        "{instructor, trainee}, {type, trainee}",
        "keys:\ntrainee, instructor\ntrainee, type",
    ),
    rejects={
        "the_named_one": wrong(
            "(trainee, type)",
            "That is the key that the first sentence names. Another set determines everything too, and no sentence "
            "says so.",
            hint="An instructor tells the type. What can stand in for the type, then?",
        ),
        "the_other_one": wrong(
            "(trainee, instructor)",
            "That is the key that no sentence names. The one that the first sentence names is missing.",
        ),
        "all_columns": wrong(
            "(trainee, type, instructor)",
            "All columns together tell rows apart in every table. A candidate key has no column that could go.",
            hint="Take one column away. Is what is left enough?",
        ),
        "the_determinant": wrong(
            "(trainee, type); (instructor)",
            "An instructor determines the type, and not the trainee: several trainees have the same one.",
            hint="Start from instructor alone. What can be reached?",
        ),
    },
    hints=(
        "Nothing determines the trainee. In which keys is it, therefore?",
        "Start from trainee and one other column, and see whether the third can be reached.",
        "Both other columns do: with the type comes the instructor, with the instructor the type.",
    ),
)

two_for_a_type = counterexample(
    "1.4.2",
    minutes=3,
    tables="""
        CREATE TABLE instructors (instructor text PRIMARY KEY, type text NOT NULL);
        CREATE TABLE trained_by (
            trainee text, instructor text REFERENCES instructors,
            PRIMARY KEY (trainee, instructor)
        );
    """,
    claim=Rule(
        says="For each type, a trainee has one instructor.",
        breaks="""
            SELECT trainee, type, string_agg(instructor, ' and ' ORDER BY instructor) AS instructors
            FROM trained_by JOIN instructors USING (instructor)
            GROUP BY trainee, type HAVING count(*) > 1 ORDER BY trainee, type
        """,
        broken="Joined back, these trainees have several for one type:",
        seen="""
            SELECT trainee, type, instructor FROM trained_by JOIN instructors USING (instructor)
            ORDER BY trainee, type, instructor
        """,
        held="Joined back, your rows say:",
    ),
    reference="""
        INSERT INTO instructors (instructor, type) VALUES ('Ruiz', 'A320'), ('Okoye', 'A320');
        INSERT INTO trained_by (trainee, instructor) VALUES ('Ada', 'Ruiz'), ('Ada', 'Okoye')
    """,
    accepts=(
        "INSERT INTO trained_by VALUES ('x', 'b'), ('x', 'a'); INSERT INTO instructors VALUES ('a', 't'), ('b', 't')",
        "INSERT INTO instructors VALUES ('Tan', 'B737'), ('Lind', 'B737'), ('Ruiz', 'A320');\n"
        "INSERT INTO trained_by (instructor, trainee) VALUES ('Lind', 'Dia'), ('Tan', 'Dia')",
    ),
    mistake="""
        SELECT CASE WHEN NOT EXISTS (SELECT FROM trained_by) THEN 'nobody_is_trained'
                    WHEN NOT EXISTS (SELECT FROM trained_by GROUP BY trainee HAVING count(*) > 1)
                        THEN 'one_instructor_each'
                    ELSE 'two_types' END
    """,
    rejects={
        "one_instructor_each": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320'), ('Okoye', 'A320');\n"
            "INSERT INTO trained_by VALUES ('Ada', 'Ruiz'), ('Ben', 'Okoye')",
            "A type may have several instructors, and that breaks nothing. The sentence is about one trainee, and each "
            "of yours has one instructor.",
            hint="Whom must both rows of trained_by name?",
        ),
        "two_types": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320'), ('Tan', 'B737');\n"
            "INSERT INTO trained_by VALUES ('Ada', 'Ruiz'), ('Ada', 'Tan')",
            "Two instructors are right where there are two types. The sentence is about one type.",
            hint="What must your two instructors have in common?",
        ),
        "nobody_is_trained": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320'), ('Okoye', 'A320')",
            "The instructors are there, and nobody has one of them yet.",
        ),
        "instructor_of_two_types": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320'), ('Ruiz', 'B737');\n"
            "INSERT INTO trained_by VALUES ('Ada', 'Ruiz')",
            "That an instructor teaches one type is kept: it is the key of instructors. The other sentence is the one "
            "that was lost.",
            hint="Each instructor has one row. How many instructors does it take?",
        ),
        "unknown_instructor": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320');\n"
            "INSERT INTO trained_by VALUES ('Ada', 'Ruiz'), ('Ada', 'Okoye')",
            "An instructor must be known before anybody is trained by them, and with them the type that they teach.",
        ),
        "the_same_twice": wrong(
            "INSERT INTO instructors VALUES ('Ruiz', 'A320');\n"
            "INSERT INTO trained_by VALUES ('Ada', 'Ruiz'), ('Ada', 'Ruiz')",
            "The key of trained_by refuses a pair that is there already. Two different instructors are another matter.",
        ),
    },
    hints=(
        "In which of the two tables could a key say “one for each trainee and type”? Look at their columns.",
        "The type stands in one table and the trainee in the other. Nothing sees both.",
        "Two instructors of one type, and one trainee with both of them.",
    ),
)

hotels = relation(
    "1.4.3",
    minutes=4,
    of=Relation("crew, city, hotel, phone", "crew, city -> hotel; hotel -> city, phone"),
    asks=Parts("BCNF", preserving=False),
    reference="(hotel, city, phone); (crew, hotel)",
    accepts=(
        "(hotel, city)\n(hotel, phone)\n(crew, hotel)",
        "parts: {crew, hotel}, {phone, city, hotel}",
    ),
    rejects={
        "a_table_a_sentence": wrong(
            "(crew, city, hotel); (hotel, city, phone)",
            "A table for each sentence is what synthesis gives: third normal form. The first table still holds what a "
            "hotel determines, the city, again for each crew.",
            hint="Which column of the first table can be looked up in the second?",
        ),
        "stops_at_third": wrong(
            "(crew, city, hotel); (hotel, phone)",
            "The phone has left, since no key holds it. The city has stayed because a key does hold it, and it is "
            "repeated for all that.",
            hint="A hotel determines two columns.",
        ),
        "joined_by_city": wrong(
            "(crew, city); (hotel, city, phone)",
            "A city has several hotels. Once the parts are joined by the city, each crew stays in all of them.",
            hint="Which column must both parts have, so that one of them has it as a key?",
        ),
        "joined_by_crew": wrong(
            "(crew, city); (crew, hotel); (hotel, phone)",
            "A crew knows many cities and many hotels. Joined by the crew, each hotel is in all of its cities.",
            hint="Where does it say in which city a hotel is?",
        ),
        "left_as_it_is": wrong(
            "(crew, city, hotel, phone)",
            "A hotel determines its city and its phone and is no key, so both are stored again for each crew.",
        ),
    },
    hints=(
        "Which left side of a dependency is not a key of the whole table?",
        "What a hotel determines goes into a table whose key is the hotel.",
        "In the other table stays what is left, and the hotel, by which the two are joined.",
    ),
)

ACTIONS = (
    Action("record_company", ("company", "service"), says="A company becomes known, with the service that it gives."),
    Action("change_service", ("company", "service"), says="A company gives another service from now on."),
    Action("assign", ("flight", "service", "company"), says="A flight gets a company for a service."),
)
QUESTIONS = (
    Question("work", ("flight", "service", "company"), says="Who does what for which flight."),
    Question("companies", ("company", "service"), says="Every company that is known."),
)

COMPANIES = """
CREATE TABLE companies (
    company text PRIMARY KEY,
    service text NOT NULL,
    UNIQUE (company, service)
);
"""
WORK = """
CREATE TABLE work (
    flight  text,
    service text,
    company text NOT NULL,
    PRIMARY KEY (flight, service),
    FOREIGN KEY (company, service) REFERENCES companies (company, service)
);
"""
SECTIONS = {
    "record_company": "INSERT INTO companies (company, service) VALUES (:company, :service);",
    "change_service": "UPDATE companies SET service = :service WHERE company = :company;",
    "assign": "INSERT INTO work (flight, service, company) VALUES (:flight, :service, :company);",
    "work": "SELECT flight, service, company FROM work;",
    "companies": "SELECT company, service FROM companies;",
}
# The two tables in Boyce-Codd form, and the sections that change with them.
SPLIT = """
CREATE TABLE companies (company text PRIMARY KEY, service text NOT NULL);
CREATE TABLE work (flight text, company text REFERENCES companies, PRIMARY KEY (flight, company));
"""
OF_SPLIT = {
    "assign": "INSERT INTO work (flight, company) VALUES (:flight, :company);",
    "work": "SELECT flight, service, company FROM work JOIN companies USING (company);",
}
LOOKS_FIRST = """
CREATE FUNCTION looks_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM work JOIN companies AS there USING (company) JOIN companies AS mine USING (service)
               WHERE work.flight = NEW.flight AND mine.company = NEW.company) THEN
        RAISE EXCEPTION 'this flight has a company for it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks_first BEFORE INSERT ON work FOR EACH ROW EXECUTE FUNCTION looks_first();
"""


def design(*tables: str, **sections: str) -> str:
    """Return an answer to the schema exercise: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables or (COMPANIES, WORK)), *parts])


def changed(old: str, new: str, **sections: str) -> str:
    """Return the reference with a part of its tables replaced, which must be there."""
    if old not in COMPANIES + WORK:
        raise ValueError(f"{old!r} is not in the tables")
    return design(COMPANIES.replace(old, new), WORK.replace(old, new), **sections)


FUEL = ("record_company", "SkyFuel", "fuel")
GAS = ("record_company", "AeroGas", "fuel")
MEALS = ("record_company", "Menu", "meals")

services = schema(
    "1.4.4",
    minutes=10,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "A company is known before it has work.": history(
            FUEL, MEALS, gives={"companies": [("SkyFuel", "fuel"), ("Menu", "meals")], "work": []}
        ),
        "Two companies may give the same service, to different flights.": history(
            FUEL,
            GAS,
            ("assign", "B6 71", "fuel", "SkyFuel"),
            ("assign", "B6 72", "fuel", "AeroGas"),
            gives={"work": [("B6 71", "fuel", "SkyFuel"), ("B6 72", "fuel", "AeroGas")]},
        ),
        "A flight has a company for each of its services, and a company serves many flights.": history(
            FUEL,
            MEALS,
            ("assign", "B6 71", "fuel", "SkyFuel"),
            ("assign", "B6 71", "meals", "Menu"),
            ("assign", "B6 72", "fuel", "SkyFuel"),
            gives={
                "work": [("B6 71", "fuel", "SkyFuel"), ("B6 71", "meals", "Menu"), ("B6 72", "fuel", "SkyFuel")],
                "companies": [("SkyFuel", "fuel"), ("Menu", "meals")],
            },
        ),
        "A company without work gives another service from now on, and no other company does.": history(
            FUEL,
            MEALS,
            ("change_service", "Menu", "cleaning"),
            gives={"companies": [("SkyFuel", "fuel"), ("Menu", "cleaning")]},
        ),
    },
    illegal={
        "A flight has one company for each service.": refused(
            FUEL,
            GAS,
            ("assign", "B6 71", "fuel", "SkyFuel"),
            ("assign", "B6 71", "fuel", "AeroGas"),
            sqlstates=("23",),
            at_once=True,
            broken="two trucks come to fuel one plane",
        ),
        "A company does the work that it gives, and no other.": refused(
            FUEL, MEALS, ("assign", "B6 71", "meals", "SkyFuel"), sqlstates=("23",)
        ),
        "A company gives one service.": refused(FUEL, ("record_company", "SkyFuel", "meals"), sqlstates=("23",)),
        "A company that nobody knows gets no work.": refused(
            FUEL, ("assign", "B6 71", "fuel", "Nobody"), sqlstates=("23",)
        ),
        "No company changes its service so that a flight has two for one.": refused(
            FUEL,
            MEALS,
            ("assign", "B6 71", "fuel", "SkyFuel"),
            ("assign", "B6 71", "meals", "Menu"),
            ("change_service", "Menu", "fuel"),
            sqlstates=("23",),
            at_once=True,
        ),
    },
    one_fact={
        "What a company gives is one fact.": history(FUEL, MEALS, ("change_service", "Menu", "cleaning")),
        "Who does a service for a flight is one fact.": history(FUEL, ("assign", "B6 71", "fuel", "SkyFuel")),
    },
    reference=design(),
    accepts=(
        # The other key is the primary one, and a change of the service is carried on to the work.
        design(
            "CREATE TABLE companies (company text UNIQUE NOT NULL, service text, PRIMARY KEY (company, service));",
            WORK.replace("(company, service)\n", "ON UPDATE CASCADE\n"),
        ),
        # Numbers of its own.
        design(
            """
CREATE TABLE companies (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL UNIQUE,
    service text NOT NULL,
    UNIQUE (service, id)
);
CREATE TABLE work (
    flight     text NOT NULL,
    service    text NOT NULL,
    company_id integer NOT NULL,
    UNIQUE (flight, service),
    FOREIGN KEY (service, company_id) REFERENCES companies (service, id)
);
""",
            assign="""
INSERT INTO work (flight, service, company_id)
VALUES (:flight, :service, (SELECT id FROM companies WHERE company = :company));
""",
            work="SELECT flight, work.service, company FROM work JOIN companies ON id = company_id;",
        ),
        # Both are said: the company is known, and it gives this service.
        changed("company text NOT NULL,", "company text NOT NULL REFERENCES companies (company),"),
    ),
    rejects={
        "nobody_without_work": wrong(
            design(
                "CREATE TABLE work (flight text, service text, company text NOT NULL, PRIMARY KEY (flight, service));",
                record_company="INSERT INTO work (company, service) VALUES (:company, :service);",
                change_service="UPDATE work SET service = :service WHERE company = :company;",
                companies="SELECT DISTINCT company, service FROM work;",
            ),
            "With work alone, a company has no place before its first flight, as a plane had none in lesson 1.1.",
            hint="Which fact is there without any flight?",
        ),
        "one_company_a_service": wrong(
            changed("service text NOT NULL,", "service text NOT NULL UNIQUE,"),
            "Several companies may give one service. It is the company that has one service, not the other way round.",
            hint="“A company gives one service”: which of the two is the key?",
        ),
        "one_service_a_flight": wrong(
            changed("PRIMARY KEY (flight, service)", "PRIMARY KEY (flight)"),
            "A flight needs fuel and meals. One company for each service is a key of two columns.",
        ),
        "boyce_codd_and_no_more": wrong(
            design(SPLIT, **OF_SPLIT),
            "Your tables are in Boyce-Codd form and have lost a rule: which service a piece of work is stands in one "
            "table, for which flight in the other. No key sees both.",
            hint="What must stand in the table of the work, so that flight and service can be its key?",
        ),
        "a_trigger": wrong(
            design(SPLIT, LOOKS_FIRST, **OF_SPLIT),
            "Your code looks before it writes. It sees what other sessions have committed and no more, it stands on "
            "one of two tables, and a program cannot tell its error from any other. Let constraints refuse.",
            hint="Which key would keep “one company for each service”, and which column does it need?",
        ),
        "two_tables_may_disagree": wrong(
            changed(
                "FOREIGN KEY (company, service) REFERENCES companies (company, service)",
                "FOREIGN KEY (company) REFERENCES companies (company)",
            ),
            "What a company gives and what it is sent to do are not held together. A foreign key over the company "
            "alone asks whether the company is known, not what it gives. Code on one of the two tables does not see a "
            "change of the other.",
            hint="A foreign key may have several columns. So may the UNIQUE that it points at.",
        ),
        "nothing_between": wrong(
            changed(",\n    FOREIGN KEY (company, service) REFERENCES companies (company, service)", ""),
            "Nobody is told when a company is sent to do what it does not give, or when nobody knows it. What refuses "
            "both is a foreign key over both columns, and it must get to see the values as they were given: a SELECT "
            "that finds no company inserts no row, and nothing is refused.",
            hint="Which columns do both tables have?",
        ),
        "pair_not_declared": wrong(
            changed(",\n    UNIQUE (company, service)", ""),
            "A foreign key points at a primary key, or at exactly the columns that a UNIQUE names. That the company "
            "alone is unique does not count: the server does not conclude that the pair is.",
            hint="The lesson's first try was refused with the same code, 42830.",
        ),
        "the_pair_is_the_key": wrong(
            design("CREATE TABLE companies (company text, service text, PRIMARY KEY (company, service));", WORK),
            "As a key, the pair lets a company in once more with each further service. It is needed for the foreign "
            "key to point at, and the company alone must be a key as well.",
            hint="A table may have two keys: one PRIMARY KEY, and any number of UNIQUE.",
        ),
        "company_in_the_key": wrong(
            changed("PRIMARY KEY (flight, service)", "PRIMARY KEY (flight, service, company)"),
            "A flight that has a company for a service is promised to a second one, and nobody is told. Something must "
            "be there once for each flight and service; a key says so, and its refusal must reach whoever asked.",
            hint="Read the key of your work aloud. Then try the second assign yourself: which error comes?",
        ),
        "split_and_looked_up": wrong(
            design(
                SPLIT,
                **OF_SPLIT
                | {
                    "assign": """
INSERT INTO work (flight, company)
SELECT :flight, company FROM companies WHERE company = :company AND service = :service;
"""
                },
            ),
            "Your tables have lost the rule of one company for each service, and your INSERT … SELECT puts nothing in "
            "and says nothing where the company is unknown or gives another service.",
            hint="What must stand in the table of the work, so that flight and service can be its key?",
        ),
        "lost_without_a_word": wrong(
            design(
                assign="""
INSERT INTO work (flight, service, company)
SELECT :flight, service, company FROM companies WHERE company = :company AND service = :service;
"""
            ),
            "Your INSERT … SELECT finds no row where the company is unknown or gives another service. It puts nothing "
            "in and says nothing, and somebody waits for fuel.",
            hint="Let the values that were given reach the columns. The foreign key does the rest.",
        ),
    },
    hints=(
        "Two sentences, two keys. Which columns has the key that says “one company for each service of a flight”?",
        "So the service stands with the work, and with the company as well. What holds the two together?",
        "UNIQUE (company, service) with the companies, and in the work a FOREIGN KEY over these two columns.",
    ),
)

types = relation(
    "1.4.5",
    minutes=4,
    optional=True,
    of=Relation("type, seats, base, simulator", "type -> seats; type ->> base"),
    asks=Parts("4NF"),
    reference="(type, seats); (type, base); (type, simulator)",
    accepts=(
        "(simulator, type), (base, type), (seats, type)",
        "parts:\ntype, base\ntype, simulator\ntype, seats",
    ),
    rejects={
        "seats_with_the_bases": wrong(
            "(type, seats, base); (type, simulator)",
            "The bases and the simulators are apart. The seats are stored again with each base: a fact about a part of "
            "the key.",
            hint="What is the key of the first table, and what do the seats need to know of it?",
        ),
        "still_multiplied": wrong(
            "(type, seats); (type, base, simulator)",
            "The seats have left. Two lists that have nothing to do with each other are still in one table, where each "
            "base stands beside each simulator.",
            hint="How many rows does a fourth base cost?",
        ),
        "base_joins_simulator": wrong(
            "(type, seats); (type, base); (base, simulator)",
            "Joined by the base, a type gets the simulators of all types that share a base with it.",
            hint="By which column do all three parts hang together?",
        ),
        "left_as_it_is": wrong(
            "(type, seats, base, simulator)",
            "Each base stands beside each simulator, and the seats beside each of these pairs.",
        ),
    },
    hints=(
        "Which three things does a type have, and how many of each?",
        "What a type determines has a table of its own. So has each list that has nothing to do with another.",
        "Three tables of two columns each. The type is in all of them.",
    ),
)

joined_by_destination = prediction(
    "1.4.6",
    minutes=1,
    label="rows",
    unit="rows",
    measure="""
        SELECT count(*)
        FROM (SELECT DISTINCT dest, carrier FROM flights) AS airlines
        JOIN (SELECT DISTINCT dest, origin FROM flights) AS origins USING (dest)
    """,
    within_factor=1.5,
    because={
        "too_low": "Each airline of a destination is paired with each airport that has flights there. That would come "
        "to as many as there were only if every airline flew from every one of them.",
        "too_high": "Pairs are made within one destination: three airlines and two airports there give six rows.",
    },
)


def flat(values: str) -> str:
    """Return SQL that puts flights into the flat table: rows of (carrier, flight, origin, dest)."""
    return f"INSERT INTO flights_flat (carrier, flight, origin, dest) VALUES {values};"


nothing_invented = query(
    "1.4.7",
    minutes=6,
    optional=True,
    reference="""
        SELECT dest FROM flights_flat
        GROUP BY dest
        HAVING count(DISTINCT carrier) * count(DISTINCT origin) = count(DISTINCT (carrier, origin))
    """,
    rows={
        "one destination, two airlines, two airports, each airline from each": flat("""
            ('AA', 1, 'LGA', 'ORD'), ('AA', 2, 'EWR', 'ORD'), ('UA', 3, 'LGA', 'ORD'), ('UA', 4, 'EWR', 'ORD')
        """),
        "one airline that flies there twice, two that share no airport, and three of four pairs": flat("""
            ('B6', 1, 'JFK', 'BUR'), ('B6', 2, 'JFK', 'BUR'), ('HA', 51, 'JFK', 'HNL'), ('UA', 15, 'EWR', 'HNL'),
            ('EV', 5, 'EWR', 'MSN'), ('EV', 6, 'LGA', 'MSN'), ('9E', 7, 'LGA', 'MSN'), ('9E', 8, 'LGA', 'MSN'),
            ('AA', 10, 'LGA', 'ORD'), ('AA', 11, 'EWR', 'ORD'), ('UA', 12, 'LGA', 'ORD'), ('UA', 13, 'EWR', 'ORD'),
            ('UA', 13, 'EWR', 'ORD'), ('B6', 20, 'JFK', 'SAV'), ('B6', 21, 'LGA', 'SAV'), ('B6', 21, 'LGA', 'SAV')
        """),
    },
    accepts=(
        "WITH there AS (SELECT DISTINCT dest, carrier, origin FROM flights_flat) SELECT dest FROM there GROUP BY dest "
        "HAVING count(*) = count(DISTINCT carrier) * count(DISTINCT origin) ORDER BY dest",
        """
        WITH there AS (SELECT DISTINCT dest, carrier, origin FROM flights_flat)
        SELECT dest FROM there
        EXCEPT
        SELECT dest FROM (SELECT a.dest, a.carrier, b.origin FROM there AS a JOIN there AS b USING (dest)
                          EXCEPT SELECT dest, carrier, origin FROM there) AS invented
        """,
        """
        WITH there AS (SELECT DISTINCT dest, carrier, origin FROM flights_flat)
        SELECT DISTINCT dest FROM there AS t
        WHERE NOT EXISTS (SELECT FROM there AS a JOIN there AS b USING (dest)
                          WHERE a.dest = t.dest AND (a.dest, a.carrier, b.origin) NOT IN (TABLE there))
        """,
    ),
    rejects={
        "one_side_alone": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest HAVING count(DISTINCT carrier) = 1 OR "
            "count(DISTINCT origin) = 1",
            "With a single airline or a single airport nothing can be invented, and this year there are no others. But "
            "two airlines that both fly from the same two airports can be taken apart as well.",
            hint="How many rows are there if every airline flies from every airport?",
        ),
        "one_airline": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest HAVING count(DISTINCT carrier) = 1",
            "Two airlines that fly there from one and the same airport can be taken apart too.",
        ),
        "one_airport": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest HAVING count(DISTINCT origin) = 1",
            "One airline that flies there from two airports can be taken apart too.",
        ),
        "counts_flights": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest "
            "HAVING count(DISTINCT carrier) * count(DISTINCT origin) = count(*)",
            "You compare with the number of flights. A pair of airline and airport is one row of the table that is "
            "split, however often it is flown.",
            hint="A word inside count() takes each pair once.",
        ),
        "one_of_each": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest HAVING count(DISTINCT (carrier, origin)) = 1",
            "A destination with a single pair is safe. So are others: one airline from two airports, for instance.",
        ),
        "those_that_lose": wrong(
            "SELECT dest FROM flights_flat GROUP BY dest "
            "HAVING count(DISTINCT carrier) * count(DISTINCT origin) > count(DISTINCT (carrier, origin))",
            "These are the destinations for which the split does invent rows. The others were asked for.",
        ),
    },
    hints=(
        "Look at one destination. How many pairs does the join make from its airlines and its airports?",
        "Compare this number with the pairs that are really flown.",
        "count(DISTINCT carrier) * count(DISTINCT origin), and count(DISTINCT (carrier, origin)).",
    ),
)

independent_in_the_year = choice(
    "1.4.8",
    minutes=2,
    options={
        "a": "(carrier, origin) and (carrier, dest)",
        "b": "(month, day) and (month, origin)",
        "c": "(carrier, tailnum) and (carrier, origin)",
        "d": "(dest, carrier) and (dest, origin)",
    },
    proof="""
        WITH cut AS (
            SELECT 'a' AS letter, carrier AS whole, origin AS one, dest AS other FROM flights
            UNION SELECT 'b', month::text, day::text, origin FROM flights
            UNION SELECT 'c', carrier, tailnum, origin FROM flights WHERE tailnum IS NOT NULL
            UNION SELECT 'd', dest, carrier, origin FROM flights
        ),
        multiplied AS (
            SELECT letter, count(DISTINCT one) * count(DISTINCT other) AS joined, count(*) AS there
            FROM cut GROUP BY letter, whole
        )
        SELECT letter FROM multiplied GROUP BY letter HAVING sum(joined) = sum(there)
    """,
    because={
        "a": "An airline does not fly from each of its airports to each of its destinations.",
        "c": "A plane of an airline that uses three airports need not have left all three.",
        "d": "Each airline of a destination would fly there from every airport that has flights there: the lesson has "
        "counted the rows that this invents.",
    },
    hints=(
        "Both parts of a split begin with the same column. Take one value of it: what does the join pair with what?",
        "A split invents nothing if, for each value of the shared column, every such pair is in the table.",
        "For each letter, look for a pair that never was. Has each plane of an airline left every airport of it?",
    ),
)
