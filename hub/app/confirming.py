"""Persons registered and doubts confirmed, by the owner of a home: each an entry of its log (design promise 12).

A confirmation is signed where the person is and checked here, as they come: the owner believes no statement but one about the
doubt as it stands.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.app import confirmations, law
from hub.app.confirmations import Confirmation, find_doubt
from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.register import add_person
from hub.codes import per, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.entry import Statement as StatementEntry
from hub.framing import Message
from hub.ports import Clock
from hub.stages.record import Notice
from hub.statements import Act, Approval, Person, Role, Statement


def answer(home: OpenHome, request: Message) -> Message:
    """One request: a `person` to register, or a signature that should `confirm` a doubt. Raises as `enrol` and `accept`."""
    match request:
        case {"op": "person", "name": str(name), "role": str(role), "staff": str(staff)}:
            try:
                asked = Role(role)
            except ValueError:
                raise Refused(zon.REQUEST, what="role") from None
            person, index = enrol(home, name, asked, staff)
            return {"key": person.key, "role": role, "index": index}
        case {"op": "confirm", "statement": dict(said), "approval": dict(approval)}:
            try:
                signed = Statement.decoded(said), Approval.decoded(approval)
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            done = accept(home, *signed)
            return {"approvals": len(done.approvals), "index": done.index}
        case _:
            raise Refused(zon.REQUEST, what="op")


def enrol(home: OpenHome, name: str, role: Role, staff: str = "") -> tuple[Person, int]:
    """Makes a personal key and registers it; the person, and the index of the entry. Raises as `add_person`."""
    person = add_person(home.paths, name, role, staff)
    common = home.intake.common(format_time(home.clock.now()))
    entry = Admin(**common, action="person.add", about=f"role:{role.value}", keys=(person.key,))
    return person, home.intake.note(Notice(entry)).index


def statement(paths: HomePaths, config: Config, clock: Clock, name: str, reason: str) -> Statement:
    """What a person is asked to sign about the doubt `name` (`row:kou2/128`): what was begun, or a new one.

    Raises `Misconfigured` HUB-PER-007.
    """
    digest = find_doubt(law.load_provisions(), name).key.digest
    known = confirmations.begun(paths, Act.CONFIRM, name, digest)
    made_at = format_time(clock.now())
    return known.statement if known else Statement(Act.CONFIRM, name, digest, reason, config.origin, made_at)


def confirm(home: OpenHome, name: str, key: Ed25519PrivateKey, reason: str) -> Confirmation:
    """One person's signature under the doubt `name`, in a home that this process owns. Raises as `statement` and `accept`."""
    said = statement(home.paths, home.config, home.clock, name, reason)
    return accept(home, said, said.signed(key))


def accept(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    """Keeps one person's signature; with the second it is recorded, and in force from the next opening on.

    Raises `Misconfigured` HUB-PER-007, `Refused` HUB-PER-001 to -004 and -011.
    """
    digest = find_doubt(law.load_provisions(), said.about).key.digest
    known = confirmations.begun(home.paths, Act.CONFIRM, said.about, digest)
    spoken = (said.act, said.digest, said.origin)
    if spoken != (Act.CONFIRM, digest, home.config.origin) or (known is not None and known.statement != said):
        raise Refused(per.OTHER_STATEMENT)

    def enter(keys: tuple[str, ...]) -> int:
        common = home.intake.common(format_time(home.clock.now()))
        entry = StatementEntry(**common, about=_token(said), statement=said.id, keys=keys)
        return home.intake.note(Notice(entry)).index

    return confirmations.approve(home.paths, known or Confirmation(said, ()), approval, enter)


def _token(said: Statement) -> str:
    """What the leaf says it is about: the kind and the digest, for names may be Japanese and leaves are narrow."""
    return f"{said.about.partition(':')[0]}:{said.digest}"
