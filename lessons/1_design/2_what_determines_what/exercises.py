"""Exercises of lesson 1.2."""

from mnemo_helpers.grading import (
    Closure,
    Cover,
    Dependencies,
    Keys,
    choice,
    counterexample,
    determines,
    query,
    relation,
    wrong,
)
from mnemo_helpers.relations import Relation

LEGS = Relation(
    "day, carrier, name, flight, origin, plane, model, seats",
    "carrier -> name; plane -> model; model -> seats; day, carrier, flight, origin -> plane",
    name="legs",
)
AIRPORTS = Relation(
    "faa, icao, name, zone",
    "faa -> icao, zone; icao -> faa, zone; faa -> name; icao, name -> zone",
    name="airports",
)
WORKSHOP = Relation(
    "inspection, plane, model, day, hour, mechanic, base",
    "inspection -> plane, day, hour, mechanic; plane -> model; mechanic -> base; plane, day -> inspection; "
    "mechanic, day, hour -> inspection",
    name="inspections",
)


def flat(columns: str, values: str) -> str:
    """Return SQL that puts rows into the flat table, with the columns named and nothing else."""
    return f"INSERT INTO flights_flat ({columns}) VALUES {values};"


PLANNED = "carrier, carrier_name, flight, origin, dest, tailnum, dep_time, hour, minute, time_hour"

twice_at_once = query(
    "1.2.1",
    minutes=5,
    reference="""
        SELECT tailnum, time_hour, minute
        FROM flights_flat
        WHERE tailnum IS NOT NULL
        GROUP BY tailnum, time_hour, minute
        HAVING count(*) > 1
    """,
    rows={
        "two flights, and neither has a plane yet": flat(
            PLANNED,
            """('UA', 'United', 1, 'EWR', 'BOS', NULL, NULL, 8, 30, '2013-05-01 12:00+00'),
               ('UA', 'United', 2, 'EWR', 'ORD', NULL, NULL, 8, 30, '2013-05-01 12:00+00')""",
        ),
        "planes that leave twice in an hour, at one time on two days, from two airports, under one number": flat(
            PLANNED,
            """('UA', 'United', 1, 'EWR', 'BOS', 'N1', 831, 8, 30, '2013-05-01 12:00+00'),
               ('UA', 'United', 2, 'EWR', 'ORD', 'N1', 850, 8, 50, '2013-05-01 12:00+00'),
               ('UA', 'United', 3, 'EWR', 'BOS', 'N2', 700, 7, 0, '2013-05-02 11:00+00'),
               ('UA', 'United', 3, 'EWR', 'BOS', 'N2', 700, 7, 0, '2013-05-03 11:00+00'),
               ('DL', 'Delta', 4, 'EWR', 'ATL', 'N3', 600, 6, 15, '2013-05-04 10:00+00'),
               ('DL', 'Delta', 5, 'LGA', 'ATL', 'N3', 615, 6, 15, '2013-05-04 10:00+00'),
               ('EV', 'ExpressJet', 6, 'JFK', 'DCA', 'N4', 915, 9, 15, '2013-05-05 13:00+00'),
               ('9E', 'Endeavor', 6, 'JFK', 'DCA', 'N4', NULL, 9, 15, '2013-05-05 13:00+00'),
               ('AA', 'American', 7, 'LGA', 'ORD', 'N5', 900, 9, 0, '2013-05-06 13:00+00'),
               ('AA', 'American', 8, 'LGA', 'DFW', 'N5', NULL, 9, 0, '2013-05-06 13:00+00'),
               ('UA', 'United', 9, 'JFK', 'BOS', 'N6', 1005, 10, 0, '2013-05-07 14:00+00'),
               ('B6', 'JetBlue', 10, 'JFK', 'BOS', 'N6', 1005, 10, 0, '2013-05-07 14:00+00')""",
        ),
    },
    accepts=(
        "SELECT tailnum, time_hour, minute FROM (SELECT tailnum, time_hour, minute, count(*) AS departures "
        "FROM flights_flat GROUP BY tailnum, time_hour, minute) AS each WHERE departures > 1 AND tailnum IS NOT NULL "
        "ORDER BY tailnum",
        "SELECT DISTINCT tailnum, time_hour, minute FROM (SELECT tailnum, time_hour, minute, count(*) "
        "OVER (PARTITION BY tailnum, time_hour, minute) AS n FROM flights_flat WHERE tailnum > '') AS each WHERE n > 1",
        "SELECT DISTINCT a.tailnum, a.time_hour, a.minute FROM flights_flat a JOIN flights_flat b "
        "ON (a.tailnum, a.time_hour, a.minute) = (b.tailnum, b.time_hour, b.minute) "
        "AND (a.carrier, a.flight, a.origin) < (b.carrier, b.flight, b.origin)",
        "SELECT tailnum, time_hour, minute FROM flights_flat GROUP BY 1, 2, 3 HAVING count(tailnum) >= 2",
    ),
    rejects={
        "no_plane_is_a_plane": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat GROUP BY tailnum, time_hour, minute "
            "HAVING count(*) > 1",
            "GROUP BY puts all flights without a plane into one group, as if NULL were a tail number. Two flights that "
            "lack a plane do not share one.",
            hint="Which flights cannot break the rule, because they name no plane?",
        ),
        "compared_with_null": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum <> NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(*) > 1",
            "You find no plane, whatever the data. Two conditions can never be true here: a comparison with NULL, "
            "which is unknown where `IS NOT NULL` asks what you mean; and more than one value, within a group, of a "
            "column by which you group.",
            hint="Take your two conditions one by one. Which rows does WHERE keep, which groups does HAVING keep?",
        ),
        "in_the_same_hour": wrong(
            "SELECT tailnum, time_hour, min(minute) FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour HAVING count(*) > 1",
            "A plane may leave twice in one hour, once in a while. Asked is the same minute.",
        ),
        "grouped_by_the_answer": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute, flight HAVING count(*) > 1",
            "With flight in the GROUP BY, you look for a number that is there twice. The left side of the rule is the "
            "plane, the hour and the minute; what they should determine does not belong among them.",
        ),
        "counts_numbers": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(DISTINCT flight) > 1",
            "Two carriers may use one flight number. A plane that leaves for both of them is in two places, and you "
            "do not see it.",
            hint="What is one row of this table?",
        ),
        "counts_carriers": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(DISTINCT carrier_name) > 1",
            "You ask whether a group has several carriers. Two departures of one carrier are two all the same, and the "
            "plane cannot make both. Count the rows of a group, not the different values of a column.",
            hint="The rule has everything else on its right side, and not the carrier alone. What is one row?",
        ),
        "counts_airports": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(DISTINCT origin) > 1",
            "You ask whether a group has several airports to leave from. Two departures from one airport are two all "
            "the same. Count the rows of a group, not the different values of a column.",
            hint="The rule has everything else on its right side, and not the origin alone. What is one row?",
        ),
        "counts_destinations": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(DISTINCT dest) > 1",
            "You ask whether a group has several destinations. Two departures to one destination are two all the same. "
            "Count the rows of a group, not the different values of a column.",
            hint="The rule has everything else on its right side, and not the destination alone. What is one row?",
        ),
        "counts_departure_times": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(DISTINCT dep_time) > 1",
            "You ask whether a group has several times at which a flight really left. A cancelled flight has none, and "
            "two flights may have left late in one minute: they stood in the plan twice. Count the rows of a group.",
            hint="The rule is about the plan. What is one row of it?",
        ),
        "one_airport_at_a_time": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute, origin HAVING count(*) > 1",
            "With origin in the GROUP BY, a plane may leave two airports in the same minute. It cannot.",
        ),
        "those_that_left": wrong(
            "SELECT tailnum, time_hour, minute FROM flights_flat WHERE tailnum IS NOT NULL AND dep_time IS NOT NULL "
            "GROUP BY tailnum, time_hour, minute HAVING count(*) > 1",
            "You left out the cancelled flights. The rule is about the plan, and they stood in it.",
        ),
        "by_the_clock": wrong(
            "SELECT tailnum, min(time_hour), minute FROM flights_flat WHERE tailnum IS NOT NULL "
            "GROUP BY tailnum, hour, minute HAVING count(*) > 1",
            "The column hour is that of the clock, which shows it again every day. time_hour has the day in it.",
        ),
    },
    hints=(
        "The left side of the rule is tailnum, time_hour, minute. What would each group hold if the rule were kept?",
        "One row is one departure. A group breaks the rule if it has more than one of them.",
        "Leave out the flights without a tail number, and keep the groups HAVING count(*) > 1.",
    ),
)

to_change = query(
    "1.2.2",
    minutes=6,
    optional=True,
    reference="""
        WITH each AS (
            SELECT origin, dest, distance, count(*) AS flights
            FROM flights_flat
            GROUP BY origin, dest, distance
        )
        SELECT origin, dest, sum(flights) - max(flights) AS to_change
        FROM each
        GROUP BY origin, dest
        HAVING count(*) > 1
    """,
    rows={
        "a route that agrees with itself": flat(
            "carrier, flight, origin, dest, distance",
            "('UA', 1, 'EWR', 'BOS', 200), ('UA', 2, 'EWR', 'BOS', 200), ('B6', 3, 'JFK', 'BOS', 187)",
        ),
        "a route with three distances, of which the one in the middle is the most frequent": flat(
            "carrier, flight, origin, dest, distance",
            """('DL', 4, 'JFK', 'LAX', 2475), ('DL', 5, 'JFK', 'LAX', 2475), ('DL', 6, 'JFK', 'LAX', 2475),
               ('DL', 7, 'JFK', 'LAX', 2470), ('DL', 8, 'JFK', 'LAX', 2480), ('DL', 9, 'JFK', 'LAX', 2480),
               ('UA', 1, 'EWR', 'BOS', 200), ('UA', 2, 'EWR', 'BOS', 201)""",
        ),
    },
    accepts=(
        "SELECT origin, dest, sum(flights) FROM (SELECT origin, dest, count(*) AS flights, row_number() OVER "
        "(PARTITION BY origin, dest ORDER BY count(*) DESC) AS place FROM flights_flat "
        "GROUP BY origin, dest, distance) AS ranked WHERE place > 1 GROUP BY origin, dest",
        "WITH usual AS (SELECT origin, dest, mode() WITHIN GROUP (ORDER BY distance) AS distance FROM flights_flat "
        "GROUP BY origin, dest) SELECT origin, dest, count(*) FROM flights_flat AS f JOIN usual AS u "
        "USING (origin, dest) WHERE f.distance <> u.distance GROUP BY origin, dest",
        "SELECT origin, dest, all_flights - most FROM (SELECT DISTINCT ON (origin, dest) origin, dest, "
        "count(*) AS most, sum(count(*)) OVER (PARTITION BY origin, dest) AS all_flights FROM flights_flat "
        "GROUP BY origin, dest, distance ORDER BY origin, dest, count(*) DESC) AS first WHERE all_flights > most",
    ),
    rejects={
        "all_flights_of_the_route": wrong(
            "SELECT origin, dest, count(*) FROM flights_flat GROUP BY origin, dest HAVING count(DISTINCT distance) > 1",
            "You count all flights of these routes. Those that have the distance which is kept need no change.",
            hint="Keep the distance that most flights of the route have. Which ones are left?",
        ),
        "the_rarest_distance": wrong(
            "WITH each AS (SELECT origin, dest, distance, count(*) AS flights FROM flights_flat GROUP BY 1, 2, 3) "
            "SELECT origin, dest, min(flights) FROM each GROUP BY origin, dest HAVING count(*) > 1",
            "With two distances, the rarer one is what has to change. With three, all but the most frequent have to.",
        ),
        "distances_instead_of_flights": wrong(
            "SELECT origin, dest, count(DISTINCT distance) - 1 FROM flights_flat GROUP BY origin, dest "
            "HAVING count(DISTINCT distance) > 1",
            "You count distances. A distance stands in the row of each flight, and each of these rows has to change.",
        ),
        "keeps_the_smallest": wrong(
            "WITH best AS (SELECT origin, dest, min(distance) AS distance FROM flights_flat GROUP BY origin, dest) "
            "SELECT origin, dest, count(*) FROM flights_flat AS f JOIN best AS b USING (origin, dest) "
            "WHERE f.distance > b.distance GROUP BY origin, dest",
            "You keep the smallest distance. The fewest changes are needed if the most frequent one stays.",
        ),
        "routes_that_agree_too": wrong(
            "WITH each AS (SELECT origin, dest, distance, count(*) AS flights FROM flights_flat GROUP BY 1, 2, 3) "
            "SELECT origin, dest, sum(flights) - max(flights) FROM each GROUP BY origin, dest",
            "Each route is here, with a 0 where it agrees with itself. Asked are those that contradict themselves.",
        ),
    },
    hints=(
        "First count the flights for each distance of each route. What would the result say about EWR to EGE?",
        "On one route, keep the distance that most flights have. All others have to change.",
        "Group that first result by origin and dest: sum of the counts, less the largest, HAVING count(*) > 1.",
    ),
)

a_mined_rule = counterexample(
    "1.2.3",
    minutes=4,
    tables="""
        CREATE TABLE departures (
            day date, carrier text, flight int, origin text,
            plane text NOT NULL, leaves time NOT NULL, delay int,
            PRIMARY KEY (day, carrier, flight, origin),
            UNIQUE (plane, day, leaves)
        );
    """,
    claim=determines("departures", "day, flight, plane", "delay"),
    reference="""
        INSERT INTO departures (day, carrier, flight, origin, plane, leaves, delay) VALUES
            ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5),
            ('2013-07-01', 'EV', 4512, 'LGA', 'N11119', '17:30', 40);
    """,
    accepts=(
        "INSERT INTO departures VALUES ('2013-07-01', 'EV', 1, 'EWR', 'N1', '08:00', 5), "
        "('2013-07-01', '9E', 1, 'EWR', 'N1', '12:00', 0)",
        "('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5)\n"
        "('2013-07-01', 'EV', 4512, 'JFK', 'N11119', '21:00', NULL)",
        "INSERT INTO departures (plane, leaves, day, carrier, flight, origin, delay) VALUES "
        "('N1', '06:00', '2013-12-24', 'UA', 7, 'EWR', -3), ('N1', '14:00', '2013-12-24', 'UA', 7, 'JFK', 3), "
        "('N2', '14:00', '2013-12-24', 'UA', 8, 'JFK', 3)",
    ),
    mistake="""
        SELECT CASE WHEN (SELECT count(*) FROM departures) < 2 THEN 'one_row'
                    WHEN bool_or(a.day = b.day AND a.flight = b.flight AND a.plane = b.plane) THEN 'the_same_delay'
                    WHEN bool_or(a.flight = b.flight AND a.plane = b.plane) THEN 'another_day'
                    WHEN bool_or(a.day = b.day AND a.flight = b.flight) THEN 'another_plane'
                    WHEN bool_or(a.day = b.day AND a.plane = b.plane) THEN 'another_number' END
        FROM departures AS a JOIN departures AS b
          ON (a.day, a.carrier, a.flight, a.origin) <> (b.day, b.carrier, b.flight, b.origin)
    """,
    rejects={
        "one_row": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5)",
            "A dependency is a sentence about two rows. One row alone breaks none.",
        ),
        "another_day": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-02', 'EV', 4512, 'EWR', 'N11119', '08:00', 40)",
            "The same flight on another day has another delay, and the rule allows it: the day is on its left side.",
            hint="Your two rows must agree in everything that is left of the arrow.",
        ),
        "another_plane": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-01', 'EV', 4512, 'LGA', 'N12563', '17:30', 40)",
            "Two planes may have two delays, and the rule allows it: the plane is on its left side.",
        ),
        "another_number": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-01', 'EV', 4513, 'LGA', 'N11119', '17:30', 40)",
            "With another number it is another flight, and the rule says nothing about the two together.",
        ),
        "the_same_delay": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-01', 'EV', 4512, 'LGA', 'N11119', '17:30', 5)",
            "Your rows agree on the left of the arrow, and on its right as well. That is what the rule says.",
        ),
        "the_same_flight_again": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '17:30', 40)",
            "Day, carrier, number and origin tell flights apart, and yours are alike in all four. One of these may "
            "differ: it is not on the left side of the rule.",
            hint="Which columns of the primary key does the rule not mention?",
        ),
        "in_two_places_at_once": wrong(
            "INSERT INTO departures VALUES ('2013-07-01', 'EV', 4512, 'EWR', 'N11119', '08:00', 5), "
            "('2013-07-01', 'EV', 4512, 'LGA', 'N11119', '08:00', 40)",
            "One plane cannot leave twice in the same minute. Give it time to fly back.",
        ),
    },
    hints=(
        "Two rows that agree in day, flight and plane, and differ in delay. What must keep them apart in the table?",
        "The primary key holds carrier and origin too, and the rule mentions neither.",
        "The same plane, number and day, from two airports at two times, with two delays.",
    ),
)

of_a_leg = relation(
    "1.2.4",
    minutes=3,
    of=LEGS,
    asks=Closure("carrier, flight, plane"),
    reference="carrier, name, flight, plane, model, seats",
    accepts=(
        "carrier, flight, plane\nname\nmodel\nseats",
        "{seats, model, name, plane, flight, carrier}",
    ),
    rejects={
        "without_itself": wrong(
            "name, model, seats",
            "You give what is added. The closure begins with what you have.",
        ),
        "one_step": wrong(
            "carrier, name, flight, plane, model",
            "You used each arrow that leaves from the three attributes. What they lead to has arrows as well.",
            hint="Go through the dependencies once more, with all that you know by now.",
        ),
        "a_part_of_the_left_side": wrong(
            "day, carrier, name, flight, origin, plane, model, seats",
            "No arrow leads to day or origin. The last one leads from them to the plane, and is not read backwards.",
        ),
        "the_carrier_only": wrong(
            "carrier, name, flight, plane",
            "You followed the carrier. The plane is among what you begin with, and it has an arrow too.",
        ),
    },
    hints=(
        "Write down carrier, flight, plane. Which of the four left sides do you have, as a whole?",
        "Add the right side of each of these. Then look again: has another left side become whole?",
        "carrier gives name, plane gives model, and model gives one more.",
    ),
)

one_cover = relation(
    "1.2.5",
    minutes=4,
    optional=True,
    of=AIRPORTS,
    asks=Cover(),
    reference="faa -> icao; icao -> faa; faa -> name; faa -> zone",
    accepts=(
        "faa -> icao\nicao -> faa\nicao -> name\nicao -> zone",
        "icao -> faa; faa -> icao; faa -> name; icao -> zone",
    ),
    rejects={
        "split_only": wrong(
            "faa -> icao; faa -> zone; icao -> faa; icao -> zone; faa -> name; icao, name -> zone",
            "You split the right sides, which is the first of three steps. Then shorten the left sides, and last drop "
            "what follows from the others.",
            hint="Does icao determine zone without name?",
        ),
        "several_on_the_right": wrong(
            "faa -> icao, name, zone; icao -> faa",
            "It says the right thing. A minimal cover has one attribute on each right side, so that one can see what "
            "could go.",
        ),
        "one_way_only": wrong(
            "faa -> icao; faa -> name; faa -> zone",
            "You dropped the way back from icao. Nothing else says that an ICAO code belongs to one airport.",
        ),
        "the_zone_twice": wrong(
            "faa -> icao; icao -> faa; faa -> name; faa -> zone; icao -> zone",
            "The zone is said twice: each of the two codes leads to the other, so one arrow to the zone is enough.",
        ),
        "the_codes_do_not_lead_back": wrong(
            "faa -> name; faa -> zone; icao -> name; icao -> zone",
            "You give each code its own arrows, and lose that the two codes belong together.",
        ),
    },
    hints=(
        "First step: one attribute on each right side. How many dependencies are there then?",
        "Second step: icao, name -> zone has an attribute on its left that it can do without.",
        "Third step: faa and icao lead to each other. So name and zone need one arrow each, from whichever you like.",
    ),
)

told_by_the_workshop = relation(
    "1.2.6",
    minutes=6,
    of=WORKSHOP,
    asks=Dependencies(
        (
            "An inspection has a number; it is of one plane, on one day, at one hour, by one mechanic.",
            "A plane is of one model.",
            "A mechanic works at one base.",
            "A plane is inspected at most once a day.",
            "A mechanic begins at most one inspection at any hour of a day.",
        )
    ),
    reference="""
        inspection -> plane, day, hour, mechanic
        plane -> model
        mechanic -> base
        plane, day -> inspection
        mechanic, day, hour -> inspection
    """,
    accepts=(
        "inspection -> plane; inspection -> day; inspection -> hour; inspection -> mechanic; plane -> model; "
        "mechanic -> base; day, plane -> inspection; day, hour, mechanic -> inspection",
        "plane, day -> inspection, hour, mechanic; inspection -> plane, day; plane -> model; mechanic -> base; "
        "mechanic, day, hour -> plane",
        "inspection -> plane, model, day, hour, mechanic, base; plane -> model; mechanic -> base; "
        "plane, day -> inspection, mechanic; hour, day, mechanic -> inspection, plane",
    ),
    rejects={
        "arrows_turned_round": wrong(
            "inspection -> plane, day, hour, mechanic; model -> plane; base -> mechanic; plane, day -> inspection; "
            "mechanic, day, hour -> inspection",
            "Some arrows point the wrong way. Left of the arrow stands what you know, right of it what then is "
            "certain: who knows the model knows no single plane.",
            hint="If I tell you the plane, can you tell me the model? And the other way round?",
        ),
        "once_for_ever": wrong(
            "inspection -> plane, day, hour, mechanic; plane -> model; mechanic -> base; plane -> inspection; "
            "mechanic, day, hour -> inspection",
            "By your arrow, a plane is inspected once in its life. At most once a day ties the inspection to plane and "
            "day together.",
            hint="What must be the same in two rows for them to be the same inspection?",
        ),
        "once_a_day_for_mechanics": wrong(
            "inspection -> plane, day, hour, mechanic; plane -> model; mechanic -> base; plane, day -> inspection; "
            "mechanic, day -> inspection",
            "A mechanic does several inspections a day, at several hours.",
        ),
        "the_number_only": wrong(
            "inspection -> plane, day, hour, mechanic; plane -> model; mechanic -> base",
            "The number of the inspection is not all that tells inspections apart. Two of the sentences say what else "
            "there is at most one of.",
            hint="How would you write `at most one` as an arrow?",
        ),
        "everything_from_the_number": wrong(
            "inspection -> plane, model, day, hour, mechanic, base; plane, day -> inspection; "
            "mechanic, day, hour -> inspection",
            "The number leads to all of it, that is so. But a model belongs to a plane and a base to a mechanic, "
            "whether anything is inspected or not, and you do not say it.",
        ),
        "one_hangar": wrong(
            "inspection -> plane, day, hour, mechanic; plane -> model; mechanic -> base; plane, day -> inspection; "
            "mechanic, day, hour -> inspection; day, hour -> inspection",
            "Several mechanics work side by side, each on another plane. Nobody said that there is one inspection at "
            "a time.",
        ),
    },
    hints=(
        "Take each sentence, and ask: if two rows agree in this, in what must they agree too?",
        "`A plane is of one model` has plane on its left. `At most one inspection` has inspection on its right.",
        "At most one inspection of a plane on a day: plane, day -> inspection. The last one has three on its left.",
    ),
)

keys_of_the_workshop = relation(
    "1.2.7",
    minutes=4,
    of=WORKSHOP,
    asks=Keys(),
    reference="(inspection); (plane, day); (mechanic, day, hour)",
    accepts=(
        "inspection\nday, plane\nday, hour, mechanic",
        "keys: {hour, mechanic, day} and {plane, day} and {inspection}",
    ),
    rejects={
        "the_known_key": wrong(
            "inspection",
            "The number is the key that everybody knows. One known key is not all keys.",
            hint="Which other left sides lead to inspection?",
        ),
        "two_of_three": wrong(
            "(inspection); (plane, day)",
            "There is one more sentence with `at most one` in it.",
        ),
        "all_in_one": wrong(
            "inspection, plane, day, hour, mechanic",
            "You put the keys together into one set. It tells rows apart, and lets everything in that each of them "
            "alone would refuse.",
            hint="Start with one attribute alone. Is its closure everything?",
        ),
        "with_passengers": wrong(
            "(inspection); (plane, day, hour); (mechanic, day, hour)",
            "A key holds nothing that could go. One of yours does.",
        ),
        "every_left_side": wrong(
            "(inspection); (plane); (mechanic); (plane, day); (mechanic, day, hour)",
            "You give every left side. A left side is a key only if its closure is everything.",
        ),
    },
    hints=(
        "Compute the closure of each left side. Which of them lead to everything?",
        "inspection leads to everything, so whatever leads to inspection does too.",
        "Look at every arrow that ends in inspection. Could anything on its left side go?",
    ),
)

one_too_many = choice(
    "1.2.8",
    minutes=2,
    options={
        "a": "time_hour, carrier, flight",
        "b": "time_hour, carrier, flight, origin",
        "c": "carrier, flight, origin",
        "d": "tailnum, time_hour, minute",
    },
    proof="""
        WITH repeated AS (
            SELECT EXISTS (SELECT FROM flights GROUP BY time_hour, carrier, flight HAVING count(*) > 1) AS a,
                   EXISTS (SELECT FROM flights GROUP BY time_hour, carrier, flight, origin HAVING count(*) > 1) AS b,
                   EXISTS (SELECT FROM flights GROUP BY carrier, flight, origin HAVING count(*) > 1) AS c,
                   EXISTS (SELECT FROM flights GROUP BY tailnum, time_hour, minute HAVING count(*) > 1) AS d
        )
        SELECT CASE WHEN NOT b AND NOT a THEN 'b' WHEN NOT a THEN 'a' WHEN NOT c THEN 'c' ELSE 'd' END FROM repeated
    """,
    because={
        "a": "These three tell all flights of the year apart, and none can go. It is the key that the table has.",
        "c": "Carrier, number and origin come again the next day. They determine no plane and no delay.",
        "d": "It would be a key if the plan were clean: you have found where a plane leaves twice at once.",
    },
    hints=(
        "Which of the four sets holds another of them?",
        "A superkey determines everything. A key is a superkey of which nothing can go.",
        "The table flights has a primary key. Add something to it.",
    ),
)
