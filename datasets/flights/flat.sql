-- ORDER BY ctid is the order of the CSV, whichever way the planner joins.
INSERT INTO flights_flat
SELECT f.*,
       airlines.name, carriers.origins,
       o.name, d.name, d.tzone,
       planes.year, planes.manufacturer, planes.model, planes.seats
FROM flights f
LEFT JOIN airlines USING (carrier)
LEFT JOIN (SELECT carrier, string_agg(DISTINCT origin, ',' ORDER BY origin) AS origins FROM flights GROUP BY carrier)
     AS carriers USING (carrier)
LEFT JOIN airports o ON o.faa = f.origin
LEFT JOIN airports d ON d.faa = f.dest
LEFT JOIN planes USING (tailnum)
ORDER BY f.ctid
