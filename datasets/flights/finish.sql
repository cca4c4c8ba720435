-- What comes after the rows, or in their place where the tables stay empty: the flat table and the keys.

-- Without figures the planner would sort the wide rows on disk.
ANALYZE airlines, airports, planes, flights;
SET LOCAL work_mem = '64MB';

-- As an export arrives: one row a flight, everything about it repeated in it, no key and no promise. ORDER BY ctid
-- keeps the order of the CSV, whichever way the planner joins; an INSERT would put short rows into gaps of earlier
-- pages.
CREATE TABLE flights_flat AS
SELECT f.*,
       airlines.name AS carrier_name,
       carriers.origins AS carrier_origins,
       o.name AS origin_name,
       d.name AS dest_name,
       d.tzone AS dest_tzone,
       planes.year AS plane_year,
       planes.manufacturer AS plane_manufacturer,
       planes.model AS plane_model,
       planes.seats AS plane_seats
FROM flights f
LEFT JOIN airlines ON airlines.carrier = f.carrier
LEFT JOIN (SELECT carrier, string_agg(DISTINCT origin, ',' ORDER BY origin) AS origins FROM flights GROUP BY carrier)
     AS carriers ON carriers.carrier = f.carrier
LEFT JOIN airports o ON o.faa = f.origin
LEFT JOIN airports d ON d.faa = f.dest
LEFT JOIN planes ON planes.tailnum = f.tailnum
ORDER BY f.ctid;

COMMENT ON TABLE flights_flat IS 'The flights as an export arrives: one row a flight, all about it repeated in it.';
DO $$
DECLARE described record;
BEGIN
    FOR described IN SELECT attname, col_description(attrelid, attnum) AS says
                     FROM pg_attribute WHERE attrelid = 'flights'::regclass AND attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN flights_flat.%I IS %L', described.attname, described.says);
    END LOOP;
END $$;
COMMENT ON COLUMN flights_flat.carrier_name IS 'Name of the airline.';
COMMENT ON COLUMN flights_flat.carrier_origins IS 'New York airports that the airline flew from, a list with commas.';
COMMENT ON COLUMN flights_flat.origin_name IS 'Name of the airport of departure.';
COMMENT ON COLUMN flights_flat.dest_name IS 'Name of the airport of arrival; NULL where the list of airports lacks it.';
COMMENT ON COLUMN flights_flat.dest_tzone IS 'IANA name of the time zone there; NULL where unknown.';
COMMENT ON COLUMN flights_flat.plane_year IS 'Year in which the plane was made; NULL where unknown.';
COMMENT ON COLUMN flights_flat.plane_manufacturer IS 'Who made the plane; NULL where unknown.';
COMMENT ON COLUMN flights_flat.plane_model IS 'Model of the plane; NULL where unknown.';
COMMENT ON COLUMN flights_flat.plane_seats IS 'Number of seats; NULL where unknown.';

-- What the data allow to be promised. flights.dest and flights.tailnum point to rows that are not there (see card.md),
-- so they have no foreign key; flights_flat has nothing at all.
ALTER TABLE airlines ADD CONSTRAINT airlines_pkey PRIMARY KEY (carrier);
ALTER TABLE airports ADD CONSTRAINT airports_pkey PRIMARY KEY (faa);
ALTER TABLE planes ADD CONSTRAINT planes_pkey PRIMARY KEY (tailnum);
ALTER TABLE weather ADD CONSTRAINT weather_pkey PRIMARY KEY (origin, time_hour);
ALTER TABLE flights ADD CONSTRAINT flights_pkey PRIMARY KEY (time_hour, carrier, flight);

ALTER TABLE weather ADD CONSTRAINT weather_origin_fkey FOREIGN KEY (origin) REFERENCES airports (faa);
ALTER TABLE flights ADD CONSTRAINT flights_carrier_fkey FOREIGN KEY (carrier) REFERENCES airlines (carrier);
ALTER TABLE flights ADD CONSTRAINT flights_origin_fkey FOREIGN KEY (origin) REFERENCES airports (faa);
