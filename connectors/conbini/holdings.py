"""What the certificate server holds of each person, and whether it may issue: 抑止フラグ stands in front of every certificate.

A person is found by the serial of a card, by 宛名番号, or, in what 戸籍 tells, by name and birth. A flag from any source stops
every certificate of the person, until that source takes it away.
"""

from __future__ import annotations

import threading
from enum import StrEnum

from connectors.conbini.language import RESIDENCE, SERIAL, Record
from connectors.kit.ledger import Tokens

_RESIDENT = "1"
_ENDED = "9"


class Refusal(StrEnum):
    """Why nothing is issued: the server's own word, which never leaves it."""

    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    REMOVED = "removed"
    ABSENT = "absent"


class Holdings:
    """Records by person and certificate. In memory; thread-safe. Persons are tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._turn = threading.Lock()
        self._records: dict[str, dict[str, Record]] = {}
        self._cards: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}

    def person(self, record: Record) -> str | None:
        """The one person whom a record concerns, None where nobody or more than one fits."""
        with self._turn:
            if record.number:
                person = self._tokens.of("person", record.number)
                return person if person in self._records else None
            found = self._names.get(self._named(record), set())
            return next(iter(found)) if len(found) == 1 else None

    def residence(self, record: Record) -> Record | None:
        """The 住民票 that is held of the person whose 住民票 `record` is."""
        with self._turn:
            return self._records.get(self._tokens.of("person", record.number), {}).get(RESIDENCE)

    def edition(self, person: str, certificate: str) -> int:
        """The 版 that is held, 0 for none."""
        with self._turn:
            record = self._records.get(person, {}).get(certificate)
            return record.edition if record else 0

    def put(self, record: Record, person: str = "") -> None:
        """Takes a record in; a 住民票 is its own person's, any other one belongs to `person`."""
        with self._turn:
            who = self._registered(record) if record.certificate == RESIDENCE else person
            self._records.setdefault(who, {})[record.certificate] = record

    def wanted(self, serial: str, certificate: str) -> tuple[Record, Record] | Refusal:
        """The 住民票 and the wanted record of the card's holder, or why there is no certificate."""
        with self._turn:
            held = self._records.get(self._cards.get(self._tokens.of("card", serial), ""), {})
        residence = held.get(RESIDENCE)
        if residence is None:
            return Refusal.UNKNOWN
        if any(record.suppressed for record in held.values()):
            return Refusal.SUPPRESSED
        if residence.items.get("住民状態") != _RESIDENT:
            return Refusal.REMOVED
        record = held.get(certificate)
        if record is None or record.items.get("印鑑登録証明情報/登録状態") == _ENDED:
            return Refusal.ABSENT
        return residence, record

    def _registered(self, record: Record) -> str:
        """The person of a 住民票, found from now on by this card and this name and by no earlier one."""
        person = self._tokens.of("person", record.number)
        former = self._records.get(person, {}).get(RESIDENCE)
        if former is not None:
            self._cards.pop(self._card(former), None)
            self._names.get(self._named(former), set()).discard(person)
        if record.items.get(SERIAL):
            self._cards[self._card(record)] = person
        self._names.setdefault(self._named(record), set()).add(person)
        return person

    def _card(self, record: Record) -> str:
        return self._tokens.of("card", record.items.get(SERIAL, ""))

    def _named(self, record: Record) -> str:
        return self._tokens.of("name", record.name, record.birth)
