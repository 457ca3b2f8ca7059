"""One thing that happened in the ward, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from connectors.juki.kinds import Kind
from connectors.juki.resident import Resident


class Origin(Enum):
    """Who caused it: the counter of 住記, a 法務省通知, the CS, or another body (戸籍通知 of 住基法9条2項)."""

    JUKI = "juki"
    MOJ = "moj"
    CS = "cs"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Clerk:
    """操作者 of the counter: one person, one id (S4)."""

    staff: str
    department: str
    terminal: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `person` (宛名番号) at `at` (aware, JST, whole milliseconds); `number` counts from 1 in the day.

    `before` and `after` are the record; `before` is None for a new person. For a TENSHUTSU_SHOUMEI `after` is the person as the
    certificate announces them: in no register of the ward yet. `planned` is the id of the code with which the
    CS must reject the event on its own data (S16): then `after` is the mistaken record that was sent, and the register does
    not take it over. Empty otherwise.
    `conversation` is a UUIDv7 that the events of one 届出 share.
    """

    id: str
    number: int
    at: datetime
    kind: Kind
    person: str
    before: Resident | None
    after: Resident
    origin: Origin
    clerk: Clerk
    conversation: str
    planned: str = ""

    @property
    def at_ms(self) -> int:
        """`at` as Unix time in milliseconds."""
        return round(self.at.timestamp() * 1000)
