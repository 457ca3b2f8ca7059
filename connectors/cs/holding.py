"""転出証明書情報 as the CS holds it (L614-618): from its arrival until 30 days after 転出予定年月日, and not a day longer.

The days are counted without the first (民法140条): what was planned for 1 March is erased on 1 April.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from connectors.cs.layouts import CERTIFICATE, INCOMING
from connectors.cs.network import of_the_day

PLANNED: Final = "転出予定年月日"
_DAYS: Final = timedelta(days=30)
_OLD: Final = 26
_OVERDUE: Final = 22


def due(planned: date, today: date) -> bool:
    """Whether a 転出証明書情報 is to be erased when `today` begins."""
    return today > planned + _DAYS


def planned(content: bytes) -> date | None:
    """転出予定年月日 of a record of the feed; None for one that is no certificate. Raises `ValueError` for bytes that are none."""
    text = INCOMING.decode(content).get(PLANNED)
    return date.fromisoformat(text) if text else None


def held_before(today: date, persons: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, bytes]]:
    """Certificates that came on earlier days and of whose person nothing was heard since, by id: most are overdue today."""
    for number, person in enumerate(persons[:_OLD]):
        back = timedelta(days=31 + number if number < _OVERDUE else 26 + number % 5)
        items = {name: person[name] for name in CERTIFICATE.columns if person.get(name)}
        record = {**items, "電文種類": "TS-CERT", PLANNED: (today - back).isoformat()}
        yield of_the_day(today - back, "A3-1", number, "cs"), INCOMING.encode(record)
