"""Exercises of lesson 0.2."""

from mnemo_helpers.grading import alike, choice, counterexample, prediction, query, wrong

AIRLINES = """
    INSERT INTO airlines VALUES ('AA', 'American Airlines Inc.'), ('B6', 'JetBlue Airways'),
        ('UA', 'United Air Lines Inc.');
"""
IDLE = "SELECT tailnum FROM planes WHERE tailnum NOT IN (SELECT tailnum FROM flights)"


def planes(values: str) -> str:
    """Return SQL that fills a schema with planes: rows of (tail number, year, engine, seats)."""
    return f"""
        INSERT INTO planes (tailnum, year, type, manufacturer, model, engines, seats, engine)
        SELECT tailnum, year::smallint, 'Fixed wing multi engine', 'AIRBUS', 'A320-214', 2, seats, engine
        FROM (VALUES {values}) AS v (tailnum, year, engine, seats);
    """


def flights(values: str) -> str:
    """Return SQL that fills a schema with flights and what they refer to.

    Args:
        values: rows of (carrier, flight, origin, dest, tail number, planned, minutes late); planned is month, day and
            time of 2013 by New York's clocks, and a flight without minutes was cancelled.
    """
    return f"""
        {AIRLINES}
        INSERT INTO airports (faa, name, lat, lon, alt, tz, dst)
            VALUES ('EWR', 'Newark', 41, -74, 18, -5, 'A'), ('JFK', 'Kennedy', 41, -74, 13, -5, 'A'),
                   ('LGA', 'La Guardia', 41, -74, 22, -5, 'A');
        INSERT INTO flights (year, month, day, dep_time, sched_dep_time, dep_delay, sched_arr_time, carrier, flight,
                             tailnum, origin, dest, distance, hour, minute, time_hour)
        SELECT extract(year FROM planned), extract(month FROM planned), extract(day FROM planned),
               to_char(planned + make_interval(mins => late::int), 'HH24MI')::smallint,
               to_char(planned, 'HH24MI')::smallint, late::int, 2359, carrier, flight, tailnum::text, origin, dest, 190,
               extract(hour FROM planned), extract(minute FROM planned),
               date_trunc('hour', planned) AT TIME ZONE 'America/New_York'
        FROM (SELECT v.*, ('2013-' || planned_at)::timestamp AS planned FROM (VALUES {values})
              AS v (carrier, flight, origin, dest, tailnum, planned_at, late)) AS v;
    """


lost_in_the_join = prediction(
    "0.2.1",
    minutes=1,
    label="flights",
    unit="flights",
    measure="SELECT (SELECT count(*) FROM flights) - count(*) FROM flights JOIN planes USING (tailnum)",
    within_factor=2,
    because={
        "too_low": "An inner join keeps a row only where it finds a partner. The register lacks many planes, and a "
        "flight without a named plane has no partner either.",
        "too_high": "Most planes are in the register; about one flight in six is not found there.",
    },
)

to_be_inspected = query(
    "0.2.2",
    minutes=3,
    reference="SELECT engine, count(*) AS planes FROM planes WHERE year < 1990 OR year IS NULL GROUP BY engine",
    rows={
        "a plane of an unknown year and one made in 1990": planes("""
            ('N1', NULL, 'Turbo-fan', 100), ('N2', 1990, 'Turbo-jet', 100)
        """),
        "five planes of which one was made in 1989 and two are of unknown years": planes("""
            ('N1', NULL, 'Turbo-fan', 100), ('N2', 1989, 'Turbo-fan', 100), ('N3', 1990, 'Turbo-jet', 100),
            ('N4', 2004, 'Turbo-jet', 100), ('N5', NULL, '4 Cycle', 2)
        """),
    },
    accepts=(
        "SELECT engine, count(*) FROM planes WHERE coalesce(year, 0) < 1990 GROUP BY engine",
        "SELECT engine, count(*) FROM planes WHERE (year >= 1990) IS NOT TRUE GROUP BY 1 ORDER BY 2 DESC",
        "SELECT engine, count(*) - count(*) FILTER (WHERE year >= 1990) FROM planes GROUP BY engine "
        "HAVING count(*) > count(*) FILTER (WHERE year >= 1990)",
        "SELECT engine, sum(n) FROM (SELECT engine, count(*) AS n FROM planes WHERE year IS NULL GROUP BY 1 "
        "UNION ALL SELECT engine, count(*) FROM planes WHERE year < 1990 GROUP BY 1) AS parts GROUP BY engine",
    ),
    rejects={
        "unknown_left_out": wrong(
            "SELECT engine, count(*) FROM planes WHERE year < 1990 GROUP BY engine",
            "The planes of unknown years are missing. A comparison with NULL is neither true nor false, not even "
            "`year = NULL`, and WHERE keeps only what is true.",
            hint="A missing year is found by IS, not by a comparison.",
        ),
        "only_unknown": wrong(
            "SELECT engine, count(*) FROM planes WHERE year IS NULL GROUP BY engine",
            "These are the planes of unknown years only. The old ones are to be inspected as well.",
        ),
        "both_at_once": wrong(
            "SELECT engine, count(*) FROM planes WHERE year < 1990 AND year IS NULL GROUP BY engine",
            "No year is before 1990 and missing at once. AND asks for both; one of the two is enough.",
        ),
        "counts_the_years": wrong(
            "SELECT engine, count(year) FROM planes WHERE year < 1990 OR year IS NULL GROUP BY engine",
            "`count(year)` counts the years that are there, so the planes without one count for nothing. `count(*)` "
            "counts rows.",
        ),
        "the_year_itself": wrong(
            "SELECT engine, count(*) FROM planes WHERE year <= 1990 OR year IS NULL GROUP BY engine",
            "A plane that was made in 1990 was not made before 1990.",
        ),
        "kinds_with_none": wrong(
            "SELECT engine, count(*) FILTER (WHERE year < 1990 OR year IS NULL) FROM planes GROUP BY engine",
            "A kind of engine without any such plane is to be left out. Yours has a row for it.",
        ),
    },
    hints=(
        "Add the two numbers of the query above. How many planes are in neither?",
        "The condition has two parts, and a plane needs only one of them.",
        "One part compares the year. The other asks whether it is missing: IS NULL.",
    ),
)

also_those_with_none = query(
    "0.2.3",
    minutes=4,
    reference="""
        SELECT name, count(flight) AS flights
        FROM airlines LEFT JOIN flights ON flights.carrier = airlines.carrier AND origin = 'LGA'
        GROUP BY airlines.carrier, name
    """,
    rows={
        "three airlines and no flight": AIRLINES,
        "an airline that flies from elsewhere and one that does not fly": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 0), ('AA', 2, 'LGA', 'ORD', NULL, '07-01 09:00', 5),
            ('AA', 3, 'JFK', 'LAX', NULL, '07-01 09:00', 0), ('B6', 4, 'JFK', 'BOS', 'N2', '07-01 10:00', 0)
        """),
    },
    accepts=(
        "SELECT name, (SELECT count(*) FROM flights f WHERE f.carrier = a.carrier AND f.origin = 'LGA') "
        "FROM airlines AS a",
        "WITH here AS (SELECT carrier, count(*) AS n FROM flights WHERE origin = 'LGA' GROUP BY carrier) "
        "SELECT name, coalesce(n, 0) FROM airlines LEFT JOIN here USING (carrier) ORDER BY n DESC",
        "SELECT name, count(*) FILTER (WHERE origin = 'LGA') FROM airlines LEFT JOIN flights USING (carrier) "
        "GROUP BY name",
        "SELECT a.name, count(f.origin) FROM (SELECT * FROM flights WHERE origin = 'LGA') AS f "
        "RIGHT JOIN airlines AS a ON a.carrier = f.carrier GROUP BY a.name",
    ),
    rejects={
        "where_undoes_the_left": wrong(
            "SELECT name, count(flight) FROM airlines LEFT JOIN flights ON flights.carrier = airlines.carrier "
            "WHERE origin = 'LGA' GROUP BY name",
            "The LEFT JOIN has kept the airlines without flights, with NULL as their origin; then the WHERE has thrown "
            "them out again, since NULL is not equal to LGA.",
            hint="A condition on the joined table belongs to the ON: it says what a partner is.",
        ),
        "or_is_null": wrong(
            "SELECT name, count(flight) FROM airlines LEFT JOIN flights ON flights.carrier = airlines.carrier "
            "WHERE origin = 'LGA' OR origin IS NULL GROUP BY name",
            "`OR origin IS NULL` saves an airline that has no flight at all. One that flies only from elsewhere has "
            "origins, none of them LGA and none of them NULL, and is lost.",
        ),
        "counts_the_padding": wrong(
            "SELECT name, count(*) FROM airlines LEFT JOIN flights ON flights.carrier = airlines.carrier "
            "AND origin = 'LGA' GROUP BY name",
            "`count(*)` counts the row that the LEFT JOIN made up for an airline without a partner. Count a column of "
            "the flights, which is NULL there.",
            hint="count(column) passes over NULL, count(*) does not.",
        ),
        "inner_join": wrong(
            "SELECT name, count(*) FILTER (WHERE origin = 'LGA') FROM airlines JOIN flights USING (carrier) "
            "GROUP BY name",
            "An airline that has no flight at all is missing: an inner join keeps only rows that have a partner.",
        ),
        "null_for_none": wrong(
            "WITH here AS (SELECT carrier, count(*) AS n FROM flights WHERE origin = 'LGA' GROUP BY carrier) "
            "SELECT name, n FROM airlines LEFT JOIN here USING (carrier)",
            "An airline without flights there has NULL in your answer. Asked is how many, and that is 0.",
        ),
        "flights_from_anywhere": wrong(
            "SELECT name, count(flight) FROM airlines LEFT JOIN flights USING (carrier) GROUP BY name",
            "These are the flights from all three airports.",
        ),
    },
    hints=(
        "Sixteen airlines are in the table. How many does the query above count, and who is missing?",
        "Which is worked out first, the join or the WHERE? What does the WHERE see of an airline without a partner?",
        "Put the condition on the origin into the ON, and count a column of flights instead of rows.",
    ),
)

seats_of_the_fleet = query(
    "0.2.4",
    minutes=4,
    reference="""
        SELECT carrier, count(*) AS planes, sum(seats) AS seats
        FROM (SELECT DISTINCT carrier, tailnum FROM flights) AS flown JOIN planes USING (tailnum)
        GROUP BY carrier
    """,
    rows={
        "one plane that flew twice": planes("('N1', 2000, 'Turbo-fan', 150)")
        + flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 0), ('AA', 2, 'LGA', 'ORD', 'N1', '07-02 08:00', 0)
        """),
        "two planes of one size, one of them flown by two airlines, and flights without a known plane": planes("""
            ('N1', 2000, 'Turbo-fan', 150), ('N2', 2001, 'Turbo-fan', 150), ('N3', 2002, 'Turbo-jet', 80)
        """)
        + flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 0), ('AA', 2, 'LGA', 'ORD', 'N1', '07-02 08:00', 0),
            ('AA', 3, 'LGA', 'ORD', 'N2', '07-03 08:00', 0), ('UA', 4, 'EWR', 'BOS', 'N2', '07-04 08:00', 0),
            ('UA', 5, 'EWR', 'BOS', 'N9', '07-05 08:00', 0), ('AA', 6, 'JFK', 'BOS', NULL, '07-05 09:00', 0)
        """),
    },
    accepts=(
        "SELECT carrier, count(seats), sum(seats) FROM (SELECT carrier, tailnum, max(seats) AS seats "
        "FROM flights JOIN planes USING (tailnum) GROUP BY carrier, tailnum) AS once GROUP BY carrier",
        "WITH flown AS (SELECT carrier, tailnum FROM flights GROUP BY carrier, tailnum) SELECT f.carrier, "
        "count(p.tailnum), sum(p.seats) FROM flown f, planes p WHERE p.tailnum = f.tailnum GROUP BY f.carrier",
        "SELECT carrier, sum(1), sum(seats) FROM (SELECT carrier, seats, row_number() OVER (PARTITION BY carrier, "
        "tailnum) AS n FROM flights JOIN planes USING (tailnum)) AS each WHERE n = 1 GROUP BY carrier",
    ),
    rejects={
        "fan_out": wrong(
            "SELECT carrier, count(DISTINCT tailnum), sum(seats) FROM flights JOIN planes USING (tailnum) "
            "GROUP BY carrier",
            "The join has a row for each flight, so the seats of a plane are added again with each flight that it "
            "made. The number of planes is right.",
            hint="How many rows has the join for a plane that flew a hundred times?",
        ),
        "distinct_values": wrong(
            "SELECT carrier, count(DISTINCT tailnum), sum(DISTINCT seats) FROM flights JOIN planes USING (tailnum) "
            "GROUP BY carrier",
            "`sum(DISTINCT seats)` adds each number once. Two planes with equally many seats are two planes all the "
            "same.",
            hint="What should be there once is the plane, not the number.",
        ),
        "counts_flights": wrong(
            "SELECT carrier, count(*), sum(seats) FROM flights JOIN planes USING (tailnum) GROUP BY carrier",
            "You counted flights and added seats of flights. The join has a row for each flight, and a plane makes "
            "many.",
        ),
        "planes_nobody_knows": wrong(
            "SELECT carrier, count(*), sum(seats) FROM (SELECT DISTINCT carrier, tailnum FROM flights) AS flown "
            "LEFT JOIN planes USING (tailnum) GROUP BY carrier",
            "You count tail numbers that are not in the register, and the missing tail number as one more plane. Asked "
            "are planes of the register.",
        ),
        "one_owner": wrong(
            "SELECT carrier, count(*), sum(seats) FROM (SELECT tailnum, min(carrier) AS carrier FROM flights "
            "GROUP BY tailnum) AS flown JOIN planes USING (tailnum) GROUP BY carrier",
            "You gave each plane to one airline. A plane that two airlines flew belongs to the count of both.",
        ),
    },
    hints=(
        "Fourteen planes cannot have 128,934 seats. How many rows does the join have for each of them?",
        "First bring the flights down to one row for each airline and plane, then join.",
        "SELECT DISTINCT carrier, tailnum FROM flights, as a subquery in FROM, joined to planes.",
    ),
)

one_airline_alone = query(
    "0.2.5",
    minutes=3,
    reference="SELECT origin, dest FROM flights GROUP BY origin, dest HAVING count(DISTINCT carrier) = 1",
    rows={
        "one route, flown twice by one airline": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 0), ('AA', 2, 'LGA', 'ORD', 'N1', '07-02 08:00', 0)
        """),
        "a route of two airlines, one flown once, and one destination reached from two airports": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 0), ('UA', 2, 'LGA', 'ORD', 'N2', '07-02 08:00', 0),
            ('AA', 3, 'JFK', 'ORD', 'N1', '07-03 08:00', 0), ('AA', 3, 'JFK', 'ORD', 'N1', '07-04 08:00', 0),
            ('B6', 4, 'JFK', 'BOS', 'N3', '07-05 08:00', 0), ('AA', 5, 'EWR', 'MIA', 'N3', '07-05 08:00', 0),
            ('AA', 6, 'EWR', 'MIA', 'N3', '07-06 08:00', 0)
        """),
    },
    accepts=(
        "SELECT origin, dest FROM flights GROUP BY origin, dest HAVING min(carrier) = max(carrier)",
        "SELECT origin, dest FROM (SELECT DISTINCT origin, dest, carrier FROM flights) AS flown "
        "GROUP BY origin, dest HAVING count(*) = 1",
        "WITH r AS (SELECT DISTINCT origin, dest, carrier FROM flights) SELECT origin, dest FROM r AS a "
        "WHERE NOT EXISTS (SELECT FROM r AS b WHERE b.origin = a.origin AND b.dest = a.dest "
        "AND b.carrier <> a.carrier)",
    ),
    rejects={
        "counts_flights": wrong(
            "SELECT origin, dest FROM flights GROUP BY origin, dest HAVING count(carrier) = 1",
            "`count(carrier)` counts the rows in which a carrier is named, so these are routes with a single flight. "
            "The same carrier counts again with each of its flights.",
            hint="One word inside count() takes each value once.",
        ),
        "grouped_by_carrier": wrong(
            "SELECT origin, dest FROM flights GROUP BY origin, dest, carrier HAVING count(DISTINCT carrier) = 1",
            "With carrier in the GROUP BY, each airline has a group of its own, and in each of them there is one.",
            hint="Which columns make a route?",
        ),
        "destination_alone": wrong(
            "SELECT min(origin), dest FROM flights GROUP BY dest HAVING count(DISTINCT carrier) = 1",
            "These are destinations that one airline serves. A route has two ends, so both belong to the group.",
        ),
        "several": wrong(
            "SELECT origin, dest FROM flights GROUP BY origin, dest HAVING count(DISTINCT carrier) > 1",
            "These are the routes that several airlines share.",
        ),
        "where_for_having": wrong(
            "SELECT origin, dest FROM flights WHERE count(DISTINCT carrier) = 1 GROUP BY origin, dest",
            "WHERE looks at one row at a time, before there are groups, so nothing can be counted in it. HAVING comes "
            "after the groups.",
        ),
    },
    hints=(
        "Look at the routes to Honolulu above. What would make one of them an answer?",
        "A group for each route, and a condition on the groups, which is HAVING.",
        "Count the different carriers of a group: count(DISTINCT carrier).",
    ),
)

comes_first = choice(
    "0.2.6",
    minutes=1,
    options={
        "a": "the flight with the longest delay",
        "b": "a flight that never left",
        "c": "the flight that left earliest before its time",
    },
    proof="""
        SELECT CASE WHEN dep_delay IS NULL THEN 'b' WHEN dep_delay > 0 THEN 'a' ELSE 'c' END
        FROM flights ORDER BY dep_delay DESC LIMIT 1
    """,
    because={
        "a": "So it would be if each flight had a delay. For PostgreSQL's order, NULL is larger than every value, so "
        "downward it comes first.",
        "c": "DESC begins with the largest delay, and one below zero is the smallest. But something comes before both.",
    },
    predicts=True,
)

not_in_null = counterexample(
    "0.2.7",
    minutes=4,
    tables="""
        CREATE TABLE planes (tailnum text PRIMARY KEY);
        CREATE TABLE flights (flight int PRIMARY KEY, tailnum text REFERENCES planes);
    """,
    claim=alike(
        IDLE,
        "SELECT tailnum FROM planes WHERE NOT EXISTS (SELECT FROM flights WHERE flights.tailnum = planes.tailnum)",
        says="The query with NOT IN finds each plane that no flight names.",
    ),
    reference="""
        INSERT INTO planes (tailnum) VALUES ('N101'), ('N102');
        INSERT INTO flights (flight, tailnum) VALUES (1, 'N101'), (2, NULL);
    """,
    accepts=(
        "INSERT INTO planes VALUES ('N101'); INSERT INTO flights VALUES (1, NULL)",
        "INSERT INTO flights (tailnum, flight) VALUES (NULL, 7), ('A', 8)\nINSERT INTO planes VALUES ('A'), ('B')",
        "INSERT INTO planes VALUES ('X'); INSERT INTO flights (flight) VALUES (5)",
    ),
    mistake="""
        SELECT CASE WHEN NOT EXISTS (SELECT FROM flights WHERE tailnum IS NULL) THEN 'every_flight_has_a_plane'
                    ELSE 'every_plane_flew' END
    """,
    rejects={
        "every_flight_has_a_plane": wrong(
            "INSERT INTO planes VALUES ('N101'), ('N102'); INSERT INTO flights VALUES (1, 'N101')",
            "As long as each flight names its plane, NOT IN does what it says. Look at the real flights: some of them "
            "lack something.",
            hint="Which of your columns may be NULL?",
        ),
        "every_plane_flew": wrong(
            "INSERT INTO planes VALUES ('N101'); INSERT INTO flights VALUES (1, 'N101'), (2, NULL)",
            "You have the row that does it. But no plane is idle here, so both queries find none, and nobody sees a "
            "difference.",
            hint="What would the right query have to find, so that the other one can miss it?",
        ),
        "unknown_plane": wrong(
            "INSERT INTO planes VALUES ('N101'); INSERT INTO flights VALUES (1, 'NULL')",
            "A flight names a plane that is not among the planes. If you meant a missing one: NULL in quotes is a text "
            "of four letters.",
        ),
        "plane_without_number": wrong(
            "INSERT INTO planes VALUES ('N101'), (NULL); INSERT INTO flights VALUES (1, 'N101')",
            "A primary key is never NULL, so no plane is without its number. In the other table there is room.",
        ),
        "a_query": wrong(
            IDLE,
            "This begins like a query. Asked are rows; the queries are run on them.",
        ),
    },
    hints=(
        "The query gave no plane at all for December. Which flights of December are unlike the others?",
        "`x NOT IN (a, b)` is short for `x <> a AND x <> b`. What is that if b is NULL?",
        "One plane that no flight names, and one flight whose tailnum is NULL.",
    ),
)

january = query(
    "0.2.8",
    minutes=4,
    reference="""
        SELECT origin, count(*) AS flights FROM flights
        WHERE time_hour >= '2013-01-01 00:00+00' AND time_hour < '2013-02-01 00:00+00'
        GROUP BY origin
    """,
    rows={
        "a flight in the last hour of January, UTC, and one in the next": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '01-31 18:30', 0), ('AA', 2, 'JFK', 'ORD', 'N1', '01-31 19:30', 0)
        """),
        "flights of the first evening, of the last two days and of the next New Year's Eve": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '01-01 05:00', 0), ('AA', 2, 'LGA', 'ORD', 'N1', '01-30 20:00', 0),
            ('AA', 3, 'EWR', 'ORD', 'N1', '01-31 09:00', 0), ('AA', 4, 'EWR', 'ORD', 'N1', '01-31 22:00', 0),
            ('AA', 5, 'JFK', 'ORD', 'N1', '02-01 09:00', 0), ('AA', 6, 'JFK', 'ORD', 'N1', '12-31 21:00', 0)
        """),
    },
    accepts=(
        "SELECT origin, count(*) FROM flights WHERE date_trunc('month', time_hour, 'UTC') = '2013-01-01 00:00+00' "
        "GROUP BY origin",
        "SELECT origin, count(*) FROM flights WHERE time_hour BETWEEN '2013-01-01' AND '2013-01-31 23:59:59' "
        "GROUP BY origin",
        "SELECT origin, count(*) FROM flights WHERE tstzrange('2013-01-01 UTC', '2013-02-01 UTC') @> time_hour "
        "GROUP BY origin",
        "SELECT origin, count(*) FROM flights WHERE to_char(time_hour AT TIME ZONE 'UTC', 'YYYY-MM') = '2013-01' "
        "GROUP BY 1",
    ),
    rejects={
        "last_day_lost": wrong(
            "SELECT origin, count(*) FROM flights WHERE time_hour BETWEEN '2013-01-01' AND '2013-01-31' "
            "GROUP BY origin",
            "'2013-01-31' is the first instant of that day. All that comes later on the 31st is left out.",
            hint="Say where the month ends by the beginning of the next one.",
        ),
        "first_of_the_next": wrong(
            "SELECT origin, count(*) FROM flights WHERE time_hour BETWEEN '2013-01-01' AND '2013-02-01' "
            "GROUP BY origin",
            "BETWEEN includes both ends, so the first hour of February is counted too, and it will be counted again "
            "with February.",
            hint="The beginning belongs to the month, the end does not: >= and <.",
        ),
        "local_month": wrong(
            "SELECT origin, count(*) FROM flights WHERE month = 1 GROUP BY origin",
            "The column month goes by New York's clocks. Their last evening of January is February in UTC.",
        ),
        "any_january": wrong(
            "SELECT origin, count(*) FROM flights WHERE extract(month FROM time_hour) = 1 GROUP BY origin",
            "This takes the January of every year. By UTC, New Year's Eve in New York ends in January 2014.",
        ),
        "day_30": wrong(
            "SELECT origin, count(*) FROM flights WHERE time_hour >= '2013-01-01' AND time_hour < '2013-01-31' "
            "GROUP BY origin",
            "You end before the 31st begins, so a whole day is missing.",
        ),
    },
    hints=(
        "In the table above the 31st has far fewer flights than the day before. At which hour does it stop?",
        "A day that stands where an instant is due is read as its midnight.",
        "From the beginning of January, included, to the beginning of February, not included.",
    ),
)

share_cancelled = query(
    "0.2.9",
    minutes=3,
    reference="""
        SELECT month, round(100.0 * count(*) FILTER (WHERE dep_time IS NULL) / count(*), 1) AS percent
        FROM flights GROUP BY month
    """,
    rows={
        "a month with one flight, which was cancelled": flights("""
            ('AA', 1, 'LGA', 'ORD', NULL, '07-01 08:00', NULL)
        """),
        "a month in which one of three was cancelled, and one without any": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', NULL), ('AA', 2, 'LGA', 'ORD', 'N1', '07-02 08:00', 5),
            ('AA', 3, 'LGA', 'ORD', 'N1', '07-03 08:00', 0), ('AA', 4, 'LGA', 'ORD', 'N1', '08-01 08:00', 0),
            ('AA', 5, 'LGA', 'ORD', 'N1', '08-02 08:00', 0)
        """),
    },
    accepts=(
        "SELECT month, round(avg(CASE WHEN dep_time IS NULL THEN 100 ELSE 0 END), 1) FROM flights GROUP BY month",
        "SELECT month, round(100 - count(dep_time) * 100::numeric / count(*), 1) FROM flights GROUP BY 1 ORDER BY 1",
        "SELECT month, round(sum((dep_time IS NULL)::int)::numeric / count(*) * 100, 1) FROM flights GROUP BY month",
    ),
    rejects={
        "whole_numbers_divided": wrong(
            "SELECT month, count(*) FILTER (WHERE dep_time IS NULL) / count(*) * 100 FROM flights GROUP BY month",
            "A whole number divided by a whole number is a whole number, and what is left over is thrown away. A share "
            "below one becomes 0.",
            hint="One of the two numbers must have a decimal point before they are divided.",
        ),
        "rounded_too_early": wrong(
            "SELECT month, round(100 * count(*) FILTER (WHERE dep_time IS NULL) / count(*), 1) FROM flights "
            "GROUP BY month",
            "100 times a count is still a whole number, and so is what it is divided by: the places behind the point "
            "were gone before round saw them.",
            hint="100.0 has a decimal point.",
        ),
        "a_fraction": wrong(
            "SELECT month, round(count(*) FILTER (WHERE dep_time IS NULL)::numeric / count(*), 1) FROM flights "
            "GROUP BY month",
            "This is the share as a part of one. Asked are percent.",
        ),
        "those_that_left": wrong(
            "SELECT month, round(100.0 * count(dep_time) / count(*), 1) FROM flights GROUP BY month",
            "This is the share of the flights that left. `count(dep_time)` counts the times that are there.",
        ),
        "share_of_the_year": wrong(
            "SELECT month, round(100.0 * count(*) FILTER (WHERE dep_time IS NULL) / sum(count(*)) OVER (), 1) "
            "FROM flights GROUP BY month",
            "You divided by all flights of the year. Each month has its own whole.",
        ),
    },
    hints=(
        "Look at the column share above: which numbers stand on the two sides of the / ?",
        "Twelve groups, and in each the cancelled flights and all flights.",
        "Begin with 100.0 *, so that the division is one of numbers with a decimal point, then round to one place.",
    ),
)

average_of_averages = choice(
    "0.2.10",
    minutes=1,
    options={
        "a": "the same as the average delay over all flights",
        "b": "larger",
        "c": "smaller",
    },
    proof="""
        WITH each AS (SELECT avg(dep_delay) AS average FROM flights GROUP BY carrier)
        SELECT CASE WHEN round(avg(average), 1) > (SELECT round(avg(dep_delay), 1) FROM flights) THEN 'b'
                    WHEN round(avg(average), 1) < (SELECT round(avg(dep_delay), 1) FROM flights) THEN 'c'
                    ELSE 'a' END
        FROM each
    """,
    because={
        "a": "That would be so if each airline had equally many flights. An average of averages gives an airline of "
        "32 flights the weight of one with 58,665.",
        "c": "It goes the other way here: some small airlines are late, and each weighs as much as the largest.",
    },
    predicts=True,
)

longest_delay = query(
    "0.2.11",
    minutes=5,
    reference="""
        SELECT origin, carrier, flight, dep_delay
        FROM (SELECT *, rank() OVER (PARTITION BY origin ORDER BY dep_delay DESC) AS place
              FROM flights WHERE dep_delay IS NOT NULL) AS ranked
        WHERE place = 1
    """,
    rows={
        "two flights from one airport": flights("""
            ('AA', 2, 'LGA', 'ORD', 'N1', '07-01 08:00', 10), ('UA', 1, 'LGA', 'BOS', 'N2', '07-01 09:00', 5)
        """),
        "one flight that left and one that did not": flights("""
            ('AA', 1, 'LGA', 'ORD', 'N1', '07-01 08:00', 10), ('UA', 2, 'JFK', 'BOS', 'N2', '07-01 08:00', NULL)
        """),
        "a tie at one airport and its delay once more at another": flights("""
            ('AA', 9, 'LGA', 'ORD', 'N1', '07-01 08:00', 60), ('UA', 2, 'LGA', 'BOS', 'N2', '07-01 09:00', 60),
            ('UA', 2, 'LGA', 'BOS', 'N2', '07-01 10:00', 5), ('AA', 4, 'JFK', 'BOS', 'N3', '07-01 08:00', 60),
            ('B6', 5, 'JFK', 'BOS', 'N3', '07-01 09:00', 90), ('AA', 6, 'JFK', 'BOS', 'N3', '07-01 10:00', NULL)
        """),
    },
    accepts=(
        "WITH most AS (SELECT origin, max(dep_delay) AS dep_delay FROM flights GROUP BY origin) "
        "SELECT origin, carrier, flight, dep_delay FROM flights JOIN most USING (origin, dep_delay) ORDER BY origin",
        "SELECT origin, carrier, flight, dep_delay FROM flights AS f "
        "WHERE (origin, dep_delay) IN (SELECT origin, max(dep_delay) FROM flights GROUP BY origin)",
        "SELECT o.origin, late.* FROM (SELECT DISTINCT origin FROM flights) AS o CROSS JOIN LATERAL "
        "(SELECT carrier, flight, dep_delay FROM flights AS f WHERE f.origin = o.origin AND dep_delay IS NOT NULL "
        "ORDER BY dep_delay DESC FETCH FIRST 1 ROW WITH TIES) AS late",
        "SELECT origin, carrier, flight, dep_delay FROM (SELECT *, max(dep_delay) OVER (PARTITION BY origin) AS most "
        "FROM flights) AS beside WHERE dep_delay = most",
    ),
    rejects={
        "one_of_a_tie": wrong(
            "SELECT origin, carrier, flight, dep_delay FROM (SELECT *, row_number() OVER (PARTITION BY origin "
            "ORDER BY dep_delay DESC, carrier, flight) AS n FROM flights WHERE dep_delay IS NOT NULL) AS r WHERE n = 1",
            "Two flights share the longest delay, and you show one of them. row_number, DISTINCT ON and LIMIT 1 decide "
            "a tie by themselves.",
            hint="rank gives equal rows the same place.",
        ),
        "one_of_each": wrong(
            "SELECT DISTINCT ON (origin) origin, carrier, flight, dep_delay FROM flights "
            "ORDER BY origin, dep_delay DESC NULLS LAST",
            "You take exactly one row of each airport, as DISTINCT ON and row_number do: one of a tie, as the server "
            "pleases, and a flight that never left where no other did.",
            hint="Which flights have a delay at all, and which of them share the first place?",
        ),
        "one_of_the_cancelled": wrong(
            "SELECT DISTINCT ON (origin) origin, carrier, flight, dep_delay FROM flights "
            "ORDER BY origin, dep_delay DESC",
            "You take the first row of each airport, as DISTINCT ON and row_number do, and downward NULL comes before "
            "every value. These flights never left.",
        ),
        "cancelled_come_first": wrong(
            "SELECT origin, carrier, flight, dep_delay FROM (SELECT *, rank() OVER (PARTITION BY origin "
            "ORDER BY dep_delay DESC) AS place FROM flights) AS r WHERE place = 1",
            "Your first places go to flights that never left. Downward, NULL comes before every value.",
            hint="Leave out the flights without a delay before you rank, as question six has shown.",
        ),
        "put_together_from_several": wrong(
            "SELECT origin, max(carrier), max(flight), max(dep_delay) FROM flights WHERE dep_delay IS NOT NULL "
            "GROUP BY origin",
            "Each max is taken by itself, so a row of yours is put together from several flights. There may be no such "
            "flight.",
            hint="Find the largest delay of each airport first, then the flights that have it.",
        ),
        "put_together_from_all": wrong(
            "SELECT origin, max(carrier), max(flight), max(dep_delay) FROM flights GROUP BY origin",
            "Each max is taken by itself: the carrier that comes last in the alphabet, the highest number, the longest "
            "delay. They may be of three flights, or of one that never left.",
            hint="Find the largest delay of each airport first, then the flights that have it.",
        ),
        "beside_every_flight": wrong(
            "SELECT origin, carrier, flight, max(dep_delay) OVER (PARTITION BY origin) FROM flights",
            "A window function writes the longest delay of its airport beside every flight, and keeps them all. It "
            "filters nothing: of these flights, those whose own delay is that one are asked.",
            hint="Put it into a subquery as a column of its own, and compare dep_delay with it outside.",
        ),
        "beside_every_flight_that_left": wrong(
            "SELECT origin, carrier, flight, max(dep_delay) OVER (PARTITION BY origin) FROM flights "
            "WHERE dep_delay IS NOT NULL",
            "The longest delay of its airport stands beside every flight that left, and all of them are kept. Of "
            "these, only those whose own delay is that one are asked.",
            hint="Put it into a subquery as a column of its own, and compare dep_delay with it outside.",
        ),
        "grouped_by_flight": wrong(
            "SELECT origin, carrier, flight, max(dep_delay) FROM flights WHERE dep_delay IS NOT NULL "
            "GROUP BY origin, carrier, flight",
            "With carrier and flight in the GROUP BY, each flight number has a row, and not each airport.",
        ),
        "grouped_by_flight_with_the_cancelled": wrong(
            "SELECT origin, carrier, flight, max(dep_delay) FROM flights GROUP BY origin, carrier, flight",
            "With carrier and flight in the GROUP BY, you get the longest delay of each flight number, and a row for "
            "one that never left as well. Asked is the longest of each airport.",
            hint="Group by the airport alone. How do you then find the flights that have this delay?",
        ),
        "of_all_airports": wrong(
            "SELECT origin, carrier, flight, dep_delay FROM flights "
            "WHERE dep_delay = (SELECT max(dep_delay) FROM flights)",
            "This is the longest delay of all. Each airport has one of its own.",
        ),
        "another_airports_delay": wrong(
            "SELECT origin, carrier, flight, dep_delay FROM flights "
            "WHERE dep_delay IN (SELECT max(dep_delay) FROM flights GROUP BY origin)",
            "A flight is shown because its delay is the longest of another airport. Airport and delay belong together.",
            hint="Two columns can be compared with IN at once: (origin, dep_delay) IN (SELECT …).",
        ),
    },
    hints=(
        "The table above has one delay for each airport. What would tell you which flights have it?",
        "Either join this table back to the flights, or rank the flights within each airport by a window function.",
        "rank() OVER (PARTITION BY origin ORDER BY dep_delay DESC), without flights that have no delay; keep rank 1.",
    ),
)
