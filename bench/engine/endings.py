"""What the dispatcher's question "which messages end others?" costs in each of its rounds, over a log with many deliveries."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.dialects import postgresql

from bench.engine import database
from bench.figures import Percentiles
from hub.edges.journal import Journal, create_journal, waiting
from hub.edges.keystore import create_keystore
from hub.edges.postgres import Server
from scripts.servers import Postgres

ASKED: Final = 300
#: As many settled deliveries as a few weeks leave behind: none of them ends another.
_FILL: Final = """
INSERT INTO log_entries SELECT n, '\\x00', '\\x00' FROM generate_series(1, {rows}) n;
INSERT INTO outgoing SELECT n, 'm' || n, 'c' || n, 'JK-CHG', 1, 'juki', 'zei', NULL, 'standard', '2026-04-01', 'd', NULL,
    'acknowledged', '', 0, 0, n, 0, NULL FROM generate_series(1, {rows}) n;
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """How long it takes, and how the server says that it looked."""

    state: str
    seconds: Percentiles
    plan: str


def measure(place: Path, postgres: Postgres, rows: int) -> tuple[Asked, ...]:
    """Over an empty table, over `rows` deliveries of which the server has no statistics yet, and with them."""
    place.mkdir(parents=True)
    made = database.create(postgres, "endings")
    server = Server(made.host, made.port, made.database, made.user)
    with create_keystore(place, secrets.token_bytes(32)) as keystore, create_journal(server, keystore) as journal:
        empty = _asked("no deliveries", journal, postgres)
        postgres.sql(_FILL.format(rows=rows), made.database)
        fresh = _asked(f"{rows:,} deliveries, before ANALYZE", journal, postgres)
        postgres.sql("ANALYZE outgoing", made.database)
        return empty, fresh, _asked(f"{rows:,} deliveries, after ANALYZE", journal, postgres)


def _asked(state: str, journal: Journal, postgres: Postgres) -> Asked:
    seconds = []
    for _ in range(ASKED):
        start = time.perf_counter()
        journal.endings()
        seconds.append(time.perf_counter() - start)
    return Asked(state, Percentiles.of(seconds), _plan(postgres))


def _plan(postgres: Postgres) -> str:
    statement = waiting._ENDINGS._statement  # noqa: SLF001 - the very statement, so that no copy of it can differ
    question = str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return postgres.sql(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {question}", "endings")
