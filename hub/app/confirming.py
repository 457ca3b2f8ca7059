"""Persons registered and doubts confirmed in a home that this process owns: each an entry of its log (design promise 12)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.app import confirmations, law
from hub.app.confirmations import Confirmation, find_doubt
from hub.app.opening import OpenHome
from hub.app.register import add_person
from hub.envelope import format_time
from hub.exchangelog.entry import Admin
from hub.exchangelog.entry import Statement as StatementEntry
from hub.stages.record import Notice
from hub.statements import Act, Person, Role, Statement


def enrol(home: OpenHome, name: str, role: Role, staff: str = "") -> tuple[Person, int]:
    """Makes a personal key and registers it; the person, and the index of the entry. Raises as `add_person`."""
    person = add_person(home.paths, name, role, staff)
    common = home.intake.common(format_time(home.clock.now()))
    entry = Admin(**common, action="person.add", about=f"role:{role.value}", keys=(person.key,))
    return person, home.intake.note(Notice(entry)).index


def confirm(home: OpenHome, name: str, key: Ed25519PrivateKey, reason: str) -> Confirmation:
    """One person's signature under the doubt `name` (`row:kou2/128`); with the second it is recorded.

    It is in force from the next opening on. Raises `Misconfigured` HUB-PER-007, `Refused` HUB-PER-001 to -004.
    """
    digest = find_doubt(law.load_provisions(), name).key.digest
    known = confirmations.begun(home.paths, Act.CONFIRM, name, digest)
    made_at = format_time(home.clock.now())
    begun = known or Confirmation(Statement(Act.CONFIRM, name, digest, reason, home.config.origin, made_at), ())

    def enter(keys: tuple[str, ...]) -> int:
        said = begun.statement
        common = home.intake.common(format_time(home.clock.now()))
        entry = StatementEntry(**common, about=_token(said), statement=said.id, keys=keys)
        return home.intake.note(Notice(entry)).index

    return confirmations.approve(home.paths, begun, begun.statement.signed(key), enter)


def _token(said: Statement) -> str:
    """What the leaf says it is about: the kind and the digest, for names may be Japanese and leaves are narrow."""
    return f"{said.about.partition(':')[0]}:{said.digest}"
