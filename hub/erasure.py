"""消去: buckets whose day has come are destroyed, each with an entry that says so (design section 3, Erasure).

The entry is written first: after a crash in between, the next sweep destroys the bucket and says so again. A bucket may
be announced twice; none is ever gone without an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub import envelope
from hub.exchangelog.entry import Erase
from hub.intake import Intake
from hub.ports import Clock, Observer, Retention
from hub.stages.record import Notice


@dataclass(frozen=True, slots=True)
class Swept:
    """One bucket that is gone: its class, its due day (JST), how many keys, and the entry that says so."""

    retention: str
    due: date
    count: int
    index: int


def sweep(intake: Intake, store: Retention, clock: Clock, today: date, observe: Observer) -> tuple[Swept, ...]:
    """Destroys every bucket that is due on the Japanese day `today`. Raises as `Intake.note` and `Retention.shred` do."""
    swept = []
    for retention, due, count in store.due(today):
        entry = Erase(
            **intake.common(envelope.format_time(clock.now())), retention=retention, count=count, due=due.isoformat()
        )
        index = intake.note(Notice(entry)).index
        with intake.writing():
            store.shred(retention, due)
        observe("body.erased", retention=retention, count=count, index=index)
        swept.append(Swept(retention, due, count, index))
    return tuple(swept)
