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
