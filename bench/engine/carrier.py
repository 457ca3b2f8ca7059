"""`python -m bench.engine.carrier ACCOUNT DATABASE`: groups from one queue to another, stored in between if a database is named.

It looks into nothing: what broker and database carry for anybody, by the product's own publisher and consumer.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from bench.engine.broker import Written
from bench.engine.database import Rows
from bench.engine.processes import tell_ready
from bench.plan import GROUP
from hub.app.serving import ending
from hub.config import JournalServer
from hub.edges.amqp.consumer import Arrival, Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.frames import Kind

IN, OUT = "floor.in", "floor.out"


def main(account: str, database: str) -> None:
    """The command."""
    stop, who = ending(), Written(Path(account)).read()
    rows = Rows(JournalServer.model_validate_json(database), "carried") if database else None
    with Consumer(who, (IN,), 4 * GROUP) as inbound, Publisher(who) as out:
        tell_ready()
        while not stop.is_set():
            group = inbound.take(GROUP, 0.5)
            _pass(group, rows, out)
            inbound.settle(group)
            out.idle()


def _pass(group: list[Arrival], rows: Rows | None, out: Publisher) -> None:
    if rows is not None and group:
        rows.keep_all([(secrets.token_hex(16), one.body) for one in group])
    out.publish([Parcel("", OUT, Kind.DELIVERY, one.join, one.body) for one in group])


if __name__ == "__main__":
    main(*sys.argv[1:])
