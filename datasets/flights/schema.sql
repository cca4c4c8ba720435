-- The tables of the flights. What follows from their rows comes after them, in finish.sql: a key is quicker built than
-- kept up.

CREATE TABLE airlines (
    carrier text NOT NULL,
    name    text NOT NULL
);

CREATE TABLE airports (
    faa   text             NOT NULL,
    name  text             NOT NULL,
    lat   double precision NOT NULL,
    lon   double precision NOT NULL,
    alt   integer          NOT NULL,
    tz    smallint         NOT NULL,
    dst   text             NOT NULL,
    tzone text
);

CREATE TABLE planes (
    tailnum      text     NOT NULL,
    year         smallint,
    type         text     NOT NULL,
    manufacturer text     NOT NULL,
    model        text     NOT NULL,
    engines      smallint NOT NULL,
    seats        smallint NOT NULL,
    speed        smallint,
    engine       text     NOT NULL
);

CREATE TABLE weather (
    origin     text        NOT NULL,
    year       smallint    NOT NULL,
    month      smallint    NOT NULL,
    day        smallint    NOT NULL,
    hour       smallint    NOT NULL,
    temp       double precision,
    dewp       double precision,
    humid      double precision,
    wind_dir   smallint,
    wind_speed double precision,
    wind_gust  double precision,
    precip     double precision,
    pressure   double precision,
    visib      double precision,
    time_hour  timestamptz NOT NULL
);

CREATE TABLE flights (
    year           smallint    NOT NULL,
    month          smallint    NOT NULL,
    day            smallint    NOT NULL,
    dep_time       smallint,
    sched_dep_time smallint    NOT NULL,
    dep_delay      integer,
    arr_time       smallint,
    sched_arr_time smallint    NOT NULL,
    arr_delay      integer,
    carrier        text        NOT NULL,
    flight         integer     NOT NULL,
    tailnum        text,
    origin         text        NOT NULL,
    dest           text        NOT NULL,
    air_time       integer,
    distance       integer     NOT NULL,
    hour           smallint    NOT NULL,
    minute         smallint    NOT NULL,
    time_hour      timestamptz NOT NULL
);

COMMENT ON TABLE airlines IS 'Airlines that flew from New York in 2013.';
COMMENT ON COLUMN airlines.carrier IS 'Two-character code of the airline.';
COMMENT ON COLUMN airlines.name IS 'Name of the airline.';

COMMENT ON TABLE airports IS 'Airports, most of them in the United States.';
COMMENT ON COLUMN airports.faa IS 'Code that the FAA gives the airport.';
COMMENT ON COLUMN airports.name IS 'Name of the airport; several may share one.';
COMMENT ON COLUMN airports.lat IS 'Latitude, degrees north.';
COMMENT ON COLUMN airports.lon IS 'Longitude, degrees east.';
COMMENT ON COLUMN airports.alt IS 'Altitude, feet above the sea.';
COMMENT ON COLUMN airports.tz IS 'Hours between UTC and the local winter time.';
COMMENT ON COLUMN airports.dst IS 'Summer time: A as in the United States, N none, U unknown.';
COMMENT ON COLUMN airports.tzone IS 'IANA name of the time zone; NULL where unknown.';

COMMENT ON TABLE planes IS 'Planes by the FAA''s register, as far as it knew them.';
COMMENT ON COLUMN planes.tailnum IS 'Registration painted on the plane.';
COMMENT ON COLUMN planes.year IS 'Year in which it was made; NULL where unknown.';
COMMENT ON COLUMN planes.type IS 'Kind of aircraft.';
COMMENT ON COLUMN planes.manufacturer IS 'Who made it, in several spellings.';
COMMENT ON COLUMN planes.model IS 'Model.';
COMMENT ON COLUMN planes.engines IS 'Number of engines.';
COMMENT ON COLUMN planes.seats IS 'Number of seats.';
COMMENT ON COLUMN planes.speed IS 'Average cruising speed, miles an hour; NULL where unknown.';
COMMENT ON COLUMN planes.engine IS 'Kind of engine.';

COMMENT ON TABLE weather IS 'Weather at the three New York airports, one row an hour.';
COMMENT ON COLUMN weather.origin IS 'Airport where it was measured.';
COMMENT ON COLUMN weather.year IS 'Year, local.';
COMMENT ON COLUMN weather.month IS 'Month, local.';
COMMENT ON COLUMN weather.day IS 'Day of the month, local.';
COMMENT ON COLUMN weather.hour IS 'Hour of the day, local.';
COMMENT ON COLUMN weather.temp IS 'Temperature, degrees Fahrenheit.';
COMMENT ON COLUMN weather.dewp IS 'Dew point, degrees Fahrenheit.';
COMMENT ON COLUMN weather.humid IS 'Relative humidity, percent.';
COMMENT ON COLUMN weather.wind_dir IS 'Direction that the wind comes from, degrees; NULL where it is calm or turns.';
COMMENT ON COLUMN weather.wind_speed IS 'Speed of the wind, miles an hour.';
COMMENT ON COLUMN weather.wind_gust IS 'Speed of gusts, miles an hour; NULL where there were none.';
COMMENT ON COLUMN weather.precip IS 'Rain or melted snow, inches in the hour.';
COMMENT ON COLUMN weather.pressure IS 'Pressure at the level of the sea, millibars.';
COMMENT ON COLUMN weather.visib IS 'How far one sees, miles.';
COMMENT ON COLUMN weather.time_hour IS 'The hour as an instant.';

COMMENT ON TABLE flights IS 'Flights that were to leave New York (EWR, JFK, LGA) in 2013, one row each.';
COMMENT ON COLUMN flights.year IS 'Year of the scheduled departure, local.';
COMMENT ON COLUMN flights.month IS 'Month of the scheduled departure, local.';
COMMENT ON COLUMN flights.day IS 'Day of the scheduled departure, local.';
COMMENT ON COLUMN flights.dep_time IS 'Departure, local hhmm (517 is 05:17); NULL where the flight was cancelled.';
COMMENT ON COLUMN flights.sched_dep_time IS 'Scheduled departure, local time as hhmm.';
COMMENT ON COLUMN flights.dep_delay IS 'Minutes behind schedule at departure; negative where early.';
COMMENT ON COLUMN flights.arr_time IS 'Arrival, hhmm in the local time of the destination; NULL where unknown.';
COMMENT ON COLUMN flights.sched_arr_time IS 'Scheduled arrival, hhmm in the local time of the destination.';
COMMENT ON COLUMN flights.arr_delay IS 'Minutes behind schedule at arrival; NULL where it did not arrive as planned.';
COMMENT ON COLUMN flights.carrier IS 'Code of the airline.';
COMMENT ON COLUMN flights.flight IS 'Flight number, the airline''s own.';
COMMENT ON COLUMN flights.tailnum IS 'Registration of the plane; NULL where none was named.';
COMMENT ON COLUMN flights.origin IS 'Airport of departure.';
COMMENT ON COLUMN flights.dest IS 'Airport of arrival.';
COMMENT ON COLUMN flights.air_time IS 'Minutes in the air.';
COMMENT ON COLUMN flights.distance IS 'Miles between the two airports.';
COMMENT ON COLUMN flights.hour IS 'Hour of the scheduled departure, local.';
COMMENT ON COLUMN flights.minute IS 'Minute of the scheduled departure.';
COMMENT ON COLUMN flights.time_hour IS 'The hour of the scheduled departure as an instant.';
