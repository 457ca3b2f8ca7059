"""A day in the ward on a simulated clock: a stream of events out of a population, a seed and a date, and nothing else.

Times run from 08:30 to 17:15 JST in whole milliseconds, strictly rising. The register evolves along the day: each event starts from
what the one before left, and who has died or gone has no later event. Proven by tests/unit/test_juki_day.py.
"""

from __future__ import annotations

import random
from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from connectors.juki.event import Clerk, Event, Origin
from connectors.juki.happenings import WEIGHTS, Happening, arrival_of_one, card_application
from connectors.juki.kinds import LETTERED, Kind
from connectors.juki.maker import Maker
from connectors.juki.mistakes import arrival_of_resident, move_that_changes_more
from connectors.juki.numbers import Numbers
from connectors.juki.population import Population
from connectors.juki.register import Register
from connectors.juki.steps import Scene, Step, Steps
from connectors.kit.ids import computed_id

JST: Final = timezone(timedelta(hours=9), "JST")
OPENS: Final = time(8, 30)
MILLISECONDS: Final = (8 * 60 + 45) * 60_000  # until 17:15
_MOST: Final = 999_999
_TRIES: Final = 8
# Where in the day the S16 cases stand for certain, in parts of it; more come by chance.
_MISTAKES: Final = ((arrival_of_resident, 0.2), (move_that_changes_more, 0.35))
_MISTAKE_WEIGHT: Final = 4


@dataclass(frozen=True, slots=True, order=True)
class _Waiting:
    """A step that is due when `due` events have happened."""

    due: int
    order: int
    step: Step
    conversation: str


def make_day(population: Population, seed: int, events: int, day: date) -> Iterator[Event]:
    """Exactly `events` events of `day`, in order. The same arguments always give the same events.

    Raises `ValueError` for a number of events below 0 or above 999,999.
    """
    if not 0 <= events <= _MOST:
        raise ValueError("a day has between 0 and 999,999 events")
    return _Day(population, seed, events, day).run()


class _Day:
    def __init__(self, population: Population, seed: int, events: int, day: date) -> None:
        self._rng = random.Random(f"day/{seed}/{day.isoformat()}")
        numbers = Numbers(population.seed, population.issued)
        self._scene = Scene(Register(population.residents), Maker(self._rng, numbers, day))
        self._seed, self._events, self._day = seed, events, day
        self._now: deque[Step] = deque()
        self._later: list[_Waiting] = []
        self._lettered: set[str] = set()
        self._certain = deque((int(events * part), mistake) for mistake, part in _MISTAKES)
        self._clerks = tuple(_clerk(number) for number in range(1, 25))
        self._happenings = [*WEIGHTS, arrival_of_resident, move_that_changes_more]
        self._weights = [*WEIGHTS.values(), _MISTAKE_WEIGHT, _MISTAKE_WEIGHT]

    def run(self) -> Iterator[Event]:
        opening = datetime.combine(self._day, OPENS, JST)
        offsets = sorted(self._rng.sample(range(MILLISECONDS), self._events))
        conversation, clerk = "", self._clerks[0]
        for done, offset in enumerate(offsets):
            at = opening + timedelta(milliseconds=offset)
            id_ = f"{self._day:%Y%m%d}-{self._seed}-{done + 1:06d}"
            waiting = self._take_waiting(done)
            if waiting is not None:
                step, its_conversation = waiting.step, waiting.conversation
                its_clerk = self._rng.choice(self._clerks)
            else:
                if not self._now:
                    self._fill(done)
                    clerk = self._rng.choice(self._clerks)
                    conversation = computed_id(round(at.timestamp() * 1000), "conversation", id_)
                    self._put_off(done, conversation)
                step, its_conversation, its_clerk = self._now.popleft(), conversation, clerk
            yield self._event(id_, done + 1, at, step, its_clerk, its_conversation)

    def _event(self, id_: str, number: int, at: datetime, step: Step, clerk: Clerk, conversation: str) -> Event:
        if not step.planned and step.after is not step.before and step.origin is not Origin.CS:
            self._scene.register.put(step.after)
        if step.kind in LETTERED:
            self._lettered.add(step.after.atena)
        return Event(
            id=id_,
            number=number,
            at=at,
            kind=step.kind,
            person=step.after.atena,
            before=step.before,
            after=step.after,
            origin=step.origin,
            clerk=clerk,
            conversation=conversation,
            planned=step.planned,
        )

    # --- what comes next ----------------------------------------------------------------------------------------------

    def _take_waiting(self, done: int) -> _Waiting | None:
        """A step that was put off and is due, unless a 届出 is just being worked through; at the end nothing stays behind."""
        if self._now or not self._later:
            return None
        if self._later[0].due <= done or len(self._later) >= self._events - done:
            return self._later.pop(0)
        return None

    def _fill(self, done: int) -> None:
        room = self._events - done - len(self._later)
        for _ in range(_TRIES):
            steps = self._draw(done)(self._scene)
            if 0 < len(steps) <= room and not self._races(steps):
                self._now.extend(steps)
                return
        self._now.extend(card_application(self._scene) or arrival_of_one(self._scene))

    def _races(self, steps: Steps) -> bool:
        """A death after a letter of the same day ends the letter or not (S39), as processes are fast: no day's outcome may."""
        return any(one.kind is Kind.SHIBOU and one.after.atena in self._lettered for one in steps)

    def _draw(self, done: int) -> Happening:
        if self._certain and done >= self._certain[0][0]:
            return self._certain.popleft()[1]
        return self._rng.choices(self._happenings, self._weights)[0]

    def _put_off(self, done: int, conversation: str) -> None:
        if len(self._now) > 1 and self._now[-1].delay:
            step = self._now.pop()
            insort(self._later, _Waiting(done + step.delay, done, step, conversation))


def _clerk(number: int) -> Clerk:
    department = "戸籍住民課" if number <= 16 else "区民事務所"
    return Clerk(f"S{4000 + number}", department, f"T-{100 + number}")
