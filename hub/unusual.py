"""Unusual use as findings with evidence: who acted on whose data how often, when, and on whom they should not (S6, S25, S28).

Pure. A finding accuses nobody: it says what to ask about, and names the entries that show it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from statistics import median
from typing import Final

from hub.calendar import JST

_SATURDAY: Final = 5


class Kind(StrEnum):
    """What is unusual, the gravest first."""

    OWN_HOUSEHOLD = "household"
    SUPPRESSED = "suppressed"
    VOLUME = "volume"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Use:
    """A person's act in a system that sent a message: the entry, when it was recorded, who, from which department and terminal.

    `suppressed`: it was about somebody whose data are suppressed (支援措置); `own`: about somebody of the actor's own household.
    """

    index: int
    at: datetime
    staff: str
    department: str
    terminal: str
    suppressed: bool = False
    own: bool = False

    @property
    def day(self) -> date:
        """The day in Japan."""
        return self.at.astimezone(JST).date()


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: office hours in Japan on working days; of a day's acts `times` the median of all, if more than `least`."""

    opens: time = time(8, 0)
    closes: time = time(19, 0)
    least: int = 50
    times: float = 5.0
    holidays: Collection[date] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` acts of one person on one day, of which `usual` would have been (0 where none is); `entries` show them, ascending."""

    kind: Kind
    staff: str
    departments: tuple[str, ...]
    terminals: tuple[str, ...]
    day: date
    count: int
    usual: float
    entries: tuple[int, ...]


def findings(uses: Iterable[Use], usual: Usual) -> list[Finding]:
    """The gravest kind first, within it the most acts first."""
    days: dict[tuple[str, date], list[Use]] = defaultdict(list)
    for use in uses:
        days[use.staff, use.day].append(use)
    middle = median(len(acts) for acts in days.values()) if days else 0
    found = [one for acts in days.values() for one in _of_a_day(acts, usual, middle)]
    kinds = list(Kind)
    return sorted(found, key=lambda one: (kinds.index(one.kind), -one.count, one.day, one.staff))


def _of_a_day(acts: list[Use], usual: Usual, middle: float) -> Iterator[Finding]:
    tests: tuple[tuple[Kind, Callable[[Use], bool]], ...] = (
        (Kind.OWN_HOUSEHOLD, lambda use: use.own),
        (Kind.SUPPRESSED, lambda use: use.suppressed),
        (Kind.HOURS, lambda use: _after_hours(use, usual)),
    )
    for kind, fits in tests:
        if shown := [use for use in acts if fits(use)]:
            yield _finding(kind, shown, 0)
    if len(acts) > max(usual.least, usual.times * middle):
        yield _finding(Kind.VOLUME, acts, middle)


def _after_hours(use: Use, usual: Usual) -> bool:
    at = use.at.astimezone(JST)
    return at.weekday() >= _SATURDAY or at.date() in usual.holidays or not usual.opens <= at.time() < usual.closes


def _finding(kind: Kind, acts: list[Use], middle: float) -> Finding:
    departments, terminals = {use.department for use in acts}, {use.terminal for use in acts}
    entries = tuple(sorted(use.index for use in acts))
    return Finding(
        *(kind, acts[0].staff, tuple(sorted(departments)), tuple(sorted(terminals))),
        *(acts[0].day, len(acts), middle, entries),
    )
