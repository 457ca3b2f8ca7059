"""What a partner system tells other partner systems by itself: errands, each done once, in order, by a courier of its own.

An errand's id is the key of its effect at the other system, and of the line that the teller's own ledger gets once the other
has taken it. A crash between the two tells it again, and the other knows it. Couriers do not wait for one another.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.kit.desk import Desk, Performed
from connectors.kit.languages.sockets import crash
from connectors.kit.partner import CONFLICT, Effect, Partner, Result
from hub.codes import kit
from hub.errors import IntegrityError, Unavailable

_WINDOW: Final = 50
_PAUSE: Final = 0.1  # seconds until a system that is down is asked again
FLOW: Final = "flow"


@dataclass(frozen=True, slots=True)
class Errand:
    """What `to` is told: the flow it belongs to is its type. `cause` is what it follows from, or "".

    `findings` are items of the other's reply that the teller's own line keeps: counts, never anything of a person.
    """

    id: str
    flow: str
    to: str
    sha256: str
    content: bytes = field(repr=False)
    cause: str = ""
    findings: tuple[str, ...] = ()

    @property
    def effect(self) -> Effect:
        """As the other system performs it."""
        return Effect(self.id, self.flow, self.sha256, self.content)


def done(effect: Effect) -> Performed:
    """What the teller's own play says to the line of a done errand: the other's verdict and findings, under the flow.

    Raises `ValueError` for what no courier says (`verdict`).
    """
    said = json.loads(effect.content or b"{}")
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise ValueError("not what a courier says")
    code = said.pop("code", "")
    return Performed(confirmed=not code, code=code, facts={FLOW: effect.type, **said})


def verdict(**said: str) -> bytes:
    """What a done errand's line is made from: `code` of a rejection, `to` whom it went, its `cause`, `at` (ISO 8601), findings."""
    return json.dumps({name: text for name, text in said.items() if text}).encode("ascii")


def taken(effect: Effect, **facts: str) -> Performed:
    """What the other system's play says to an errand that it takes."""
    return Performed(facts={FLOW: effect.type, **facts})


def refused(effect: Effect, code: str) -> Performed:
    """What it says to one that it rejects."""
    return Performed(confirmed=False, code=code, facts={FLOW: effect.type})


class Courier:
    """Tells one system its errands, in the order in which they were given. `start`, `give`, `finish`."""

    def __init__(
        self,
        to: str,
        partner: Partner,
        desk: Desk,
        known: Collection[str],
        settled: Callable[[Errand], None] = lambda _: None,
    ) -> None:
        """`desk` is the teller's own: the line of a done errand goes there. `known`: the ids of those that have one.

        `settled` is called when an errand is done, after its line.
        """
        self._partner = partner
        self._desk = desk
        self._known = known
        self._settled = settled
        self._waiting: deque[Errand] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=f"courier to {to}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def give(self, errands: Sequence[Errand]) -> None:
        """Takes errands over; the caller sees to it that they are not lost when the process dies."""
        with self._changed:
            self._waiting.extend(errands)
            self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether everything given so far is done."""
        with self._changed:
            return not self._waiting

    def finish(self, patience: float) -> bool:
        """Ends when all is done, but after `patience` seconds in any case; whether all was done."""
        with self._changed:
            complete = self._changed.wait_for(lambda: not self._waiting, patience)
            self._ending = True
            self._changed.notify_all()
        return complete

    def _run(self) -> None:
        try:
            while batch := self._next():
                if self._tell([one for one in batch if one.id not in self._known]):
                    self._settle(batch)
        except BaseException as error:  # noqa: BLE001 - what it told nobody knows: only a restart is safe
            crash(error)

    def _next(self) -> Sequence[Errand]:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._ending)
            return () if self._ending else [self._waiting[n] for n in range(min(_WINDOW, len(self._waiting)))]

    def _tell(self, errands: Sequence[Errand]) -> bool:
        try:
            results = self._partner.perform([one.effect for one in errands]) if errands else ()
        except Unavailable:
            with self._changed:
                self._changed.wait_for(lambda: self._ending, _PAUSE)
            return False
        lines = [_line(*pair) for pair in zip(errands, results, strict=True)]
        if any(reply.result == CONFLICT for reply in self._desk.perform(lines)):
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint="courier", rule="one content an errand")
        return True

    def _settle(self, batch: Sequence[Errand]) -> None:
        for one in batch:
            self._settled(one)
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._changed.notify_all()


class Asking:
    """Asks another system while somebody waits for the answer. Threads may share it."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._turn = threading.Lock()

    def ask(self, effect: Effect) -> Result:
        """The other's verdict. Raises `ConnectionError` when it cannot be reached: whoever waits is to ask again."""
        try:
            with self._turn:
                return self._partner.perform([effect])[0]
        except Unavailable as error:
            raise ConnectionError("the system behind is down") from error


def _line(errand: Errand, result: Result) -> Effect:
    found = {name: result.reply[name] for name in errand.findings if result.confirmed}
    content = verdict(code=result.code, to=errand.to, cause=errand.cause, **found)
    return Effect(errand.id, errand.flow, errand.sha256, content)
