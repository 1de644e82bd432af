"""The tables of the four files of an inbox, and the statements that bring an older file to them.

An inbox is a folder with `deliveries.db`, `readings.db`, `search.db` and `journal.db`. Only a receiver writes
the deliveries or, while none runs, a command that has the inbox for itself (see locks). SQLite has one write
lock for a whole file, and an output that is stopped while it holds that lock (SIGSTOP, a debugger, a laptop
asleep) would stop the acknowledgement of deliveries; so what the outputs write is in files of its own, which
are attached. Readings and search index are derived: their files are made again from the deliveries whenever
they are missing or belong to something else.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict


class Layout(BaseModel):
    """What one file holds.

    `application_id` is its mark, see https://www.sqlite.org/pragma.html#pragma_application_id.
    `migrations` are the statements of each of its versions.
    `earlier` counts the versions before those: a derived file is made again, never migrated.
    `reached` selects the last delivery that a derived file knows of.
    """

    model_config = ConfigDict(frozen=True)

    application_id: int
    migrations: tuple[tuple[str, ...], ...]
    earlier: int = 0
    reached: str = ""

    @property
    def version(self) -> int:
        """The version that this devhook writes."""
        return self.earlier + len(self.migrations)


# Times are microseconds since 1970 in UTC, versions of subjects nanoseconds. AUTOINCREMENT: an id is never
# used twice, because the readings refer to it from another file. The bodies have their own table: then the
# newest thousand rows of a million are read in 1 ms instead of 8. Headers are a blob of names and values, or
# ASCII JSON with each byte as its Latin-1 character: in rows of earlier versions, and where a name or a value
# contains the end of a line.
DELIVERIES: Final = Layout(
    application_id=0x64766862,  # "dvhb"
    migrations=(
        (
            "CREATE TABLE identity (id TEXT NOT NULL)",
            "INSERT INTO identity VALUES (lower(hex(randomblob(16))))",
            """
            CREATE TABLE deliveries (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                received_at INTEGER NOT NULL,
                method TEXT NOT NULL,
                path TEXT NOT NULL,
                topic TEXT,
                shop TEXT,
                webhook_id TEXT,
                event_id TEXT,
                signature TEXT NOT NULL,
                signed_with TEXT,
                origin TEXT NOT NULL,
                size INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE bodies (
                delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
                headers TEXT NOT NULL,
                body BLOB NOT NULL
            )
            """,
            # `by` is "receiver" for what the sender was told, else the address of the target that answered.
            """
            CREATE TABLE answers (
                id INTEGER PRIMARY KEY,
                delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
                by TEXT NOT NULL,
                status INTEGER,
                at INTEGER NOT NULL,
                duration INTEGER,
                headers TEXT,
                body BLOB,
                error TEXT
            )
            """,
            "CREATE INDEX answers_of_delivery ON answers (delivery_id, by)",
        ),
        (
            "ALTER TABLE answers ADD COLUMN cut INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE answers ADD COLUMN failure TEXT",
        ),
        # NULL for what came by itself. An imported delivery keeps its own time; its age counts from here.
        ("ALTER TABLE deliveries ADD COLUMN imported_at INTEGER",),
        (
            # Bytes on disk: headers, compressed body, answers, and what SQLite and its indexes add to a row.
            "ALTER TABLE deliveries ADD COLUMN stored INTEGER NOT NULL DEFAULT 0",
            """
            UPDATE deliveries SET stored = 400 + length(path)
                + ifnull((SELECT length(headers) + length(body) FROM bodies WHERE delivery_id = id), 0)
                + ifnull((SELECT sum(ifnull(length(headers), 0) + ifnull(length(body), 0)) FROM answers
                    WHERE delivery_id = deliveries.id), 0)
            """,
            # What the inbox stores, so that its bounds are checked after each commit without counting rows.
            """
            CREATE TABLE totals (
                trusted INTEGER PRIMARY KEY, count INTEGER NOT NULL, stored INTEGER NOT NULL
            )
            """,
            "INSERT INTO totals VALUES (0, 0, 0), (1, 0, 0)",
            """
            UPDATE totals SET
                count = (SELECT count(*) FROM deliveries
                    WHERE (signature NOT IN ('invalid', 'missing')) = totals.trusted),
                stored = (SELECT ifnull(sum(stored), 0) FROM deliveries
                    WHERE (signature NOT IN ('invalid', 'missing')) = totals.trusted)
            """,
            """
            CREATE TRIGGER delivery_added AFTER INSERT ON deliveries BEGIN
                UPDATE totals SET count = count + 1, stored = stored + new.stored
                WHERE trusted = (new.signature NOT IN ('invalid', 'missing'));
            END
            """,
            """
            CREATE TRIGGER delivery_grown AFTER UPDATE OF stored ON deliveries BEGIN
                UPDATE totals SET stored = stored + new.stored - old.stored
                WHERE trusted = (new.signature NOT IN ('invalid', 'missing'));
            END
            """,
            """
            CREATE TRIGGER delivery_removed AFTER DELETE ON deliveries BEGIN
                UPDATE totals SET count = count - 1, stored = stored - old.stored
                WHERE trusted = (old.signature NOT IN ('invalid', 'missing'));
            END
            """,
            "CREATE INDEX untrusted ON deliveries (id) WHERE signature IN ('invalid', 'missing')",
        ),
        # SQLite reads a changed byte inside a row without an error. Older rows have the checksum -1.
        tuple(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT -1"
            for table, column in (
                ("deliveries", "checksum"),
                ("bodies", "body_checksum"),
                ("answers", "checksum"),
                ("answers", "body_checksum"),
            )
        ),
        # One statement counts the deliveries of a transaction; the trigger ran for each of them. From here on
        # `headers` is a blob too, which an earlier devhook would take for damage.
        ("DROP TRIGGER delivery_added",),
        (
            # How many there are: a damaged index finds fewer answers of a delivery. NULL for older rows.
            "ALTER TABLE deliveries ADD COLUMN answers INTEGER",
        ),
    ),
)

READINGS: Final = Layout(
    application_id=0x64766872,  # "dvhr"
    earlier=10,
    reached="SELECT ifnull(max(delivery_id), 0) FROM readings",
    migrations=(
        (
            "CREATE TABLE source (inbox TEXT NOT NULL)",
            # `triggered` and `updated` are the two clocks of a version, NULL where it does not carry them
            # (see versions.py); `digest` is the body's; `changed` has the paths of the changes, a line for
            # each. `discreet` is the summary for an output that masks.
            # `revised` is 0, or the number of the last time that a reading was made again.
            """
            CREATE TABLE readings (
                delivery_id INTEGER PRIMARY KEY,
                trusted INTEGER NOT NULL,
                shop TEXT NOT NULL,
                webhook_id TEXT,
                event_id TEXT,
                digest BLOB,
                kind TEXT,
                subject TEXT,
                name TEXT,
                document TEXT,
                part TEXT,
                version INTEGER NOT NULL,
                triggered INTEGER,
                updated INTEGER,
                verdict TEXT NOT NULL,
                change_count INTEGER NOT NULL,
                changed TEXT NOT NULL,
                hint TEXT NOT NULL,
                says TEXT NOT NULL,
                summary TEXT NOT NULL,
                discreet TEXT NOT NULL,
                original INTEGER,
                attempt INTEGER,
                waited INTEGER,
                first_answer INTEGER,
                redundant INTEGER NOT NULL,
                newer INTEGER,
                compared_with INTEGER,
                unordered INTEGER,
                unreadable TEXT NOT NULL,
                api_version TEXT,
                revised INTEGER NOT NULL DEFAULT 0
            )
            """,
            """
            CREATE TABLE changes (
                delivery_id INTEGER PRIMARY KEY,
                significant TEXT NOT NULL,
                noise TEXT NOT NULL,
                unlisted TEXT NOT NULL,
                repeated TEXT NOT NULL,
                remarks TEXT NOT NULL
            )
            """,
            # Which known mistake made a signature wrong: diagnosed only for deliveries that are shown.
            "CREATE TABLE mistakes (delivery_id INTEGER PRIMARY KEY, what TEXT NOT NULL)",
            # The names of locations, from other deliveries.
            """
            CREATE TABLE places (
                shop TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (shop, id)
            ) WITHOUT ROWID
            """,
            # The orders of parts whose own bodies contain no order id, from other deliveries.
            """
            CREATE TABLE parents (
                shop TEXT NOT NULL,
                kind TEXT NOT NULL,
                id TEXT NOT NULL,
                order_id TEXT NOT NULL,
                PRIMARY KEY (shop, kind, id)
            ) WITHOUT ROWID
            """,
            # Only trusted deliveries serve as an earlier version or the source of a name; a duplicate is no
            # version beside the one that it repeats.
            "CREATE INDEX originals ON readings (shop, webhook_id, delivery_id)",
            """
            CREATE INDEX names ON readings (shop, kind, subject, delivery_id)
            WHERE trusted AND name IS NOT NULL
            """,
            """
            CREATE INDEX triggers ON readings (shop, kind, subject, part, triggered, updated, delivery_id)
            WHERE trusted = 1 AND verdict <> 'duplicate'
            """,
            """
            CREATE INDEX updates ON readings (shop, kind, subject, part, updated, delivery_id)
            WHERE trusted = 1 AND verdict <> 'duplicate'
            """,
            """
            CREATE INDEX arrivals ON readings (shop, kind, subject, part, delivery_id)
            WHERE trusted = 1 AND verdict <> 'duplicate'
            """,
            """
            CREATE INDEX moments ON readings (shop, kind, subject, triggered, delivery_id)
            WHERE trusted = 1 AND verdict <> 'duplicate'
            """,
            "CREATE INDEX timeline ON readings (shop, kind, subject, trusted, version, delivery_id)",
            "CREATE INDEX nameless ON readings (shop, kind, subject) WHERE name IS NULL",
            "CREATE INDEX actions ON readings (shop, event_id, delivery_id) WHERE trusted",
            "CREATE INDEX revisions ON readings (revised) WHERE revised > 0",
            "CREATE INDEX untrusted ON readings (delivery_id) WHERE trusted = 0",
        ),
    ),
)

# A facet is what many deliveries have in common, a zone the time range of 256 deliveries, a field the name of
# one that ever changed, a word a token of a delivery (see tokens.py). FTS5 stores only which deliveries have
# a word (`detail=none`), and no copy of its source.
SEARCH: Final = Layout(
    application_id=0x64766873,  # "dvhs"
    reached="SELECT delivery FROM progress",
    # Earlier versions contained other facts; a derived file is made again, not migrated.
    earlier=3,
    migrations=(
        (
            "CREATE TABLE source (inbox TEXT NOT NULL)",
            """
            CREATE TABLE progress (
                delivery INTEGER NOT NULL, answer INTEGER NOT NULL, revised INTEGER NOT NULL,
                indexed INTEGER NOT NULL
            )
            """,
            "INSERT INTO progress VALUES (0, 0, 0, 0)",
            "CREATE TABLE facets (id INTEGER PRIMARY KEY, facts TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL)",
            "CREATE TABLE listed (delivery_id INTEGER PRIMARY KEY, facet INTEGER NOT NULL)",
            "CREATE INDEX listed_by_facet ON listed (facet, delivery_id)",
            """
            CREATE TABLE zones (
                zone INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL
            )
            """,
            "CREATE TABLE fields (name TEXT PRIMARY KEY) WITHOUT ROWID",
            """
            CREATE VIRTUAL TABLE words USING fts5(
                tokens, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '_'"
            )
            """,
        ),
    ),
)

JOURNAL: Final = Layout(
    application_id=0x6476686A,  # "dvhj"
    migrations=(
        (
            """
            CREATE TABLE leases (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                shop TEXT NOT NULL,
                topic TEXT NOT NULL,
                uri TEXT NOT NULL,
                api_version TEXT NOT NULL,
                name TEXT NOT NULL,
                subscription_id TEXT,
                state TEXT NOT NULL,
                owner TEXT NOT NULL,
                asked_at INTEGER NOT NULL
            )
            """,
        ),
        (
            # The answer's columns are those of `answers`. The body is NULL where it is the delivery's own.
            """
            CREATE TABLE sends (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                sent_at INTEGER NOT NULL,
                origin TEXT NOT NULL,
                url TEXT NOT NULL,
                delivery_id INTEGER,
                topic TEXT,
                request_headers TEXT NOT NULL,
                request_body BLOB,
                status INTEGER,
                duration INTEGER NOT NULL,
                headers TEXT NOT NULL,
                body BLOB NOT NULL,
                cut INTEGER NOT NULL,
                failure TEXT,
                error TEXT NOT NULL
            )
            """,
            "CREATE INDEX sends_of_delivery ON sends (delivery_id, id)",
        ),
        (
            # The bodies of fulfillment_orders/* contain no order id; the Admin API returned these.
            """
            CREATE TABLE fulfillment_orders (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                shop TEXT NOT NULL,
                id TEXT NOT NULL,
                order_id TEXT NOT NULL,
                order_name TEXT,
                UNIQUE (shop, id)
            )
            """,
        ),
        ("ALTER TABLE leases ADD COLUMN mac TEXT",),
    ),
)

DERIVED: Final = {"readings": READINGS, "search": SEARCH}
"""The files that are made again when they are damaged, by name."""
