"""Who acted, of a run of entries: operators' ids out of private parts, told to one person with a reason (S25, S28).

The entry that says so is written first, and the run is told piece by piece, so that traffic goes on between the pieces. Of
persons nothing is told but whether a list that the asker brings names them: 支援措置 (suppressed), and each one's own household.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, cast

from hub import envelope
from hub.app import confirmations
from hub.app.opening import OpenHome
from hub.app.personsearch import TOKEN
from hub.app.register import read_register
from hub.app.revealing import entered, may
from hub.codes import cli, hld, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.exchangelog import canonical
from hub.exchangelog.entry import Admin, Entry, Exchange
from hub.exchangelog.private import Private
from hub.exchangelog.text import time_value
from hub.framing import Message
from hub.ports import Clock
from hub.statements import Act, Approval, Statement, check
from hub.unusual import Use

ACTION: Final = "review.use"  # of the entry
_LONGEST: Final = timedelta(hours=24)  # from the first piece to the last
PIECE: Final = 200  # entries of one reply: few, for the owner reads them between its messages
MOST: Final = 20_000  # tokens in the lists
_MACHINE: Final = "connector-key"  # how a connector proves itself: its acts are nobody's


@dataclass(frozen=True, slots=True)
class Asked:
    """The run [start, stop) and the lists. `salt` is kept nowhere: without it nobody finds out who stood in the lists."""

    start: int
    stop: int
    salt: bytes
    suppressed: Sequence[str] = ()
    households: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def about(self) -> str:
        return f"use:{self.start}-{self.stop}"

    @property
    def digest(self) -> str:
        lists = canonical.encode([list(self.suppressed), [[name, list(of)] for name, of in self.households.items()]])
        return hashlib.sha256(self.salt + lists).hexdigest()


@dataclass(frozen=True, slots=True)
class Told:
    """What one piece came to: acts of persons, how many were machines', nobody knows any more, or cannot be read."""

    uses: Sequence[Use]
    machines: int
    erased: int
    damaged: int


def statement(config: Config, clock: Clock, asked: Asked, reason: str) -> Statement:
    """What a person signs to be told."""
    return Statement(Act.REVEAL, asked.about, asked.digest, reason, config.origin, format_time(clock.now()))


def pieces(asked: Asked, said: Statement, approval: Approval, ask: Callable[[Message], Message]) -> Iterator[Told]:
    """Asks the owner of the home, piece by piece."""
    question = {
        "op": "use",
        "statement": said.encoded(),
        "approval": approval.encoded(),
        "run": [asked.start, asked.stop],
        "salt": asked.salt.hex(),
        "suppressed": list(asked.suppressed),
        "households": [[name, list(of)] for name, of in asked.households.items()],
    }
    for at in range(asked.start, asked.stop, PIECE):
        reply = ask({**question, "at": at})
        rows = cast(Sequence[tuple[int, str, str, str, str, bool, bool]], reply["uses"])
        uses = [Use(row[0], time_value(row[1]), *row[2:]) for row in rows]
        yield Told(uses, *(int(cast(int, reply[name])) for name in ("machines", "erased", "damaged")))


def answer(home: OpenHome, message: Message) -> Message:
    """`use`. The first piece writes the entry; the others follow within a day. Raises as `hub.app.revealing.may`."""
    match message:
        case {"op": "use", "statement": dict(said), "approval": dict(approval), "at": int(at), **others}:
            try:
                signed, given, asked = Statement.decoded(said), Approval.decoded(approval), _asked(others)
            except (KeyError, ValueError, TypeError):
                raise Refused(zon.REQUEST, what="statement") from None
            _may(home, signed, given, asked, at)
            return _told(home, asked, at)
        case _:
            raise Refused(zon.REQUEST, what="op")


def lists(suppressed: Sequence[str], households: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Out of the lines of two files: `TOKEN …`, and `STAFF TOKEN …`, as `hub subject` writes tokens; further words say nothing.

    Raises `Misconfigured` HUB-CLI-073 for a line without a token, or for too many.
    """
    of: dict[str, list[str]] = {}
    listed = [_words(line, 1, number)[0] for number, line in _lines(suppressed)]
    for number, line in _lines(households):
        staff, token = _words(line, 2, number)
        of.setdefault(staff, []).append(token)
    if len(listed) + sum(map(len, of.values())) > MOST:
        raise Misconfigured(cli.BAD_LIST, line=MOST)
    return listed, of


def _lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#"))


def _words(line: str, wanted: int, number: int) -> list[str]:
    words = line.split()[:wanted]
    if len(words) < wanted or not TOKEN.fullmatch(words[-1]):
        raise Misconfigured(cli.BAD_LIST, line=number)
    return words


def _asked(value: Message) -> Asked:
    start, stop = cast(Sequence[int], value["run"])
    households = cast(Sequence[tuple[str, Sequence[str]]], value["households"])
    listed = [str(one) for one in cast(Sequence[str], value["suppressed"])]
    of = {str(name): [str(one) for one in tokens] for name, tokens in households}
    return Asked(int(start), int(stop), bytes.fromhex(str(value["salt"])), listed, of)


def _may(home: OpenHome, said: Statement, approval: Approval, asked: Asked, at: int) -> None:
    """Raises as `hub.app.revealing.may`, and `Refused` HUB-HLD-004 for another run."""
    if said.about != asked.about or not asked.start <= at < asked.stop:
        raise Refused(hld.OTHER_STATEMENT)
    if at == asked.start:
        may(home, said, approval, asked.digest)
        entered(home, said, approval, ACTION)
        return
    entry = _recorded(home, said)
    if not isinstance(entry, Admin) or (entry.action, entry.about) != (ACTION, said.id):
        raise Refused(hld.OTHER_STATEMENT)
    check(said, approval, read_register(home.paths))
    if home.clock.now() - time_value(entry.time) > _LONGEST:
        raise Refused(hld.STALE_STATEMENT, made_at=said.made_at[:30])


def _recorded(home: OpenHome, said: Statement) -> Entry | None:
    """The entry that says who asked. Raises `Refused` where it or the statement is damaged, which stops nobody else."""
    try:
        known = confirmations.find(home.paths, said.id)
        return None if known is None or known.index is None else home.entry(known.index)
    except IntegrityError as error:
        raise Refused(error.code, **error.facts) from None


def _told(home: OpenHome, asked: Asked, at: int) -> Message:
    suppressed = frozenset(asked.suppressed)
    uses: list[tuple[object, ...]] = []
    machines = erased = damaged = 0
    for index in range(at, min(at + PIECE, asked.stop)):
        try:
            entry = home.entry(index)
            if not isinstance(entry, Exchange) or not entry.commit:
                continue
            opening = home.journal.secret(index, "private")
            private = None if opening is None else Private.opened(opening, entry.commit)
        except IntegrityError:  # damaged history: that is for a verification to say, and stops nobody else
            damaged += 1
            continue
        if private is None:
            erased += 1
            continue
        if not private.operator:
            continue
        who = envelope.parse_operator(private.operator.encode())
        if who.authentication == _MACHINE:
            machines += 1
            continue
        own = frozenset(asked.households.get(who.staff, ()))
        about = frozenset(private.subjects)
        place = (index, entry.time, who.staff, who.department, who.terminal)
        uses.append((*place, bool(about & suppressed), bool(about & own)))
    return {"uses": uses, "machines": machines, "erased": erased, "damaged": damaged}
