"""A schema exercise of fifteen tables, with enums, domains, exclusion, generated columns and triggers."""

from __future__ import annotations

from mnemo_helpers.grading import Action, at, history, refused, reload, schema, wrong

MODULES = 8

REFERENCE = f"""
CREATE EXTENSION btree_gist;
CREATE TYPE state AS ENUM ('draft', 'sold', 'void');
CREATE DOMAIN cents AS int CHECK (value >= 0);
CREATE TABLE venues (venue text PRIMARY KEY);
CREATE TABLE halls (venue text REFERENCES venues, hall int, PRIMARY KEY (venue, hall));
CREATE TABLE shows (
    show int PRIMARY KEY, venue text NOT NULL, hall int NOT NULL, during tstzrange NOT NULL,
    starts timestamptz GENERATED ALWAYS AS (lower(during)) STORED,
    FOREIGN KEY (venue, hall) REFERENCES halls,
    EXCLUDE USING gist (venue WITH =, hall WITH =, during WITH &&)
);
CREATE TABLE people (email text PRIMARY KEY, born date CHECK (born < '2030-01-01'));
CREATE UNIQUE INDEX one_person ON people (lower(email));
CREATE TABLE tickets (
    show int REFERENCES shows, seat int, email text NOT NULL REFERENCES people, price cents NOT NULL,
    state state NOT NULL DEFAULT 'sold', bought_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (show, seat)
);
CREATE TABLE audit (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (what) VALUES (NEW.email || ' ' || now());
    RETURN NEW;
END $$;
CREATE TRIGGER log AFTER INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION log();
CREATE TABLE refunds (
    show int, seat int, amount cents, PRIMARY KEY (show, seat), FOREIGN KEY (show, seat) REFERENCES tickets
);
{"".join(f"CREATE TABLE part{n} (id int PRIMARY KEY, show int REFERENCES shows);" for n in range(MODULES))}
-- action open_hall(venue, hall)
INSERT INTO venues VALUES (:venue) ON CONFLICT DO NOTHING;
INSERT INTO halls VALUES (:venue, :hall);
-- action plan(show, venue, hall, during)
INSERT INTO shows VALUES (:show, :venue, :hall, :during);
-- action join(email, born)
INSERT INTO people VALUES (:email, :born);
-- action sell(show, seat, email, price)
INSERT INTO tickets VALUES (:show, :seat, :email, :price);
-- action correct(email, born)
UPDATE people SET born = :born WHERE email = :email;
-- action refund(show, seat, amount)
INSERT INTO refunds VALUES (:show, :seat, :amount);
"""
HALL = ("open_hall", "Globe", 1)
EVENING = ("plan", 1, "Globe", 1, "[2026-05-01 19:00,2026-05-01 22:00)")
ADA = ("join", "ada@example.org", "1990-12-10")
LARGE = schema(
    "1.1.1",
    minutes=1,
    actions=(
        Action("open_hall", ("venue", "hall")),
        Action("plan", ("show", "venue", "hall", "during")),
        Action("join", ("email", "born")),
        Action("sell", ("show", "seat", "email", "price")),
        Action("correct", ("email", "born")),
        Action("refund", ("show", "seat", "amount")),
    ),
    legal={
        "A show has many seats.": history(
            HALL, EVENING, ADA, ("sell", 1, 1, ADA[1], 1000), ("sell", 1, 2, ADA[1], 1000), ("refund", 1, 2, 1000)
        ),
        "A birthday is corrected years later, and a backup comes back.": history(
            at("2026-01-01"), ADA, at("2036-01-01"), ("correct", ADA[1], "1990-12-11"), reload()
        ),
    },
    illegal={
        "A hall has one show at a time.": refused(
            HALL, EVENING, ("plan", 2, *EVENING[2:]), sqlstates=("23P01",), at_once=True
        ),
        "A seat is sold once.": refused(
            HALL, EVENING, ADA, *[("sell", 1, 1, ADA[1], 1)] * 2, sqlstates=("23505",), at_once=True
        ),
        "A person is one, however the e-mail is written.": refused(
            ADA, ("join", "ADA@example.org", None), sqlstates=("23505",)
        ),
        "No price is below zero.": refused(HALL, EVENING, ADA, ("sell", 1, 1, ADA[1], -1), sqlstates=("23514",)),
        "A show is in a hall.": refused(HALL, ("plan", 1, "Globe", 2, EVENING[4]), sqlstates=("23503",)),
        "A ticket has an owner.": refused(HALL, EVENING, ("sell", 1, 1, None, 1), sqlstates=("23502",)),
        "What is refunded was sold.": refused(HALL, EVENING, ("refund", 1, 1, 5), sqlstates=("23503",)),
    },
    one_fact={"A birthday is one fact.": history(ADA, ("correct", ADA[1], "1990-12-11"))},
    reference=REFERENCE,
    rejects={
        "overlaps": wrong(
            REFERENCE.replace(",\n    EXCLUDE USING gist (venue WITH =, hall WITH =, during WITH &&)", ""),
            "Two at once.",
        ),
        "ages": wrong(REFERENCE.replace("born < '2030-01-01'", "born > now() - interval '40 years'"), "It ages."),
        "as_typed": wrong(REFERENCE.replace("lower(email)", "email"), "A and a."),
    },
    hints=("1", "2", "3"),
)
