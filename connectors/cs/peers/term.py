"""The 統合端末 of the ward: 本人確認 (A2-234) and searches (A4-1) of a day at the counters. `python -m connectors.cs.peers.term --help`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.cs.network import ADACHI, CS, ENQUIRY, FOUR, TOKYO, Person, errand, neighbour, of_the_day, person
from connectors.cs.peers.serving import Telling, serve_telling
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.desk import Performed
from connectors.kit.errands import Errand, done
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect
from connectors.kit.payload import items

NAME = "term"
_EACH = 24
_OWN, _NEAR = 8, 8  # of those searched for: people of the ward, and at most so many of 東京都
_NOBODY = 6  # every sixth person is nobody


class Term(Telling):
    """Its enquiries of the day; it is told nothing."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self.lines: set[str] = set()
        self._errands = (*_confirmations(town, tokens), *_searches(town, tokens))

    def first(self) -> Sequence[Errand]:
        return self._errands

    def because(self, effect: Effect) -> Sequence[Errand]:
        return ()

    def perform(self, effect: Effect) -> Performed:
        return done(effect)

    def remember(self, line: Line) -> None:
        self.lines.add(line.message)


def _own(town: Town) -> list[tuple[str, Person]]:
    updates = map(items, town.first_updates())
    return [(ADACHI, person(update)) for update, _ in zip(updates, range(_EACH), strict=False)]


def _others(town: Town) -> list[tuple[str, Person]]:
    return [one for one in map(neighbour, behind.neighbours(town)) if one is not None]


def _confirmations(town: Town, tokens: Tokens) -> Iterator[Errand]:
    """本人確認 by the 住民票コード of a card, or by the four items of other papers."""
    people = [*_own(town)[: _EACH // 2], *_others(town)[: _EACH // 2]]
    for number, (place, one) in enumerate(people):
        keys = FOUR if number % 2 else ("住民票コード",)
        yield _enquiry(town, ("A2-234", number), place, _asked(number, one, keys), tokens)


def _searches(town: Town, tokens: Tokens) -> Iterator[Errand]:
    """Searches for people of the ward, of 東京都 and of other prefectures, by any of the three keys."""
    others = _others(town)
    near = [one for one in others if one[0].startswith(TOKYO)][:_NEAR]
    people = [*_own(town)[:_OWN], *near, *(one for one in others if one not in near)][:_EACH]
    for number, (place, one) in enumerate(people):
        keys = (("住民票コード",), ("個人番号",), FOUR)[number % 3]
        yield _enquiry(town, ("A4-1", number), place, _asked(number, one, keys), tokens)


def _asked(number: int, one: Person, keys: Sequence[str]) -> Person:
    """The keys of the person; of nobody's for some, whose birth or number is another's."""
    said = {name: one[name] for name in keys}
    if number % _NOBODY == _NOBODY - 1:
        said[keys[0]] = said[keys[0]][::-1]
    return said


def _enquiry(town: Town, which: tuple[str, int], place: str, keys: Person, tokens: Tokens) -> Errand:
    flow, number = which
    said = {"照会番号": f"{flow}-{number:06d}", "住所地市町村コード": place, **keys}
    return errand((flow, CS), ENQUIRY.encode(said), of_the_day(town.day, flow, number, CS), tokens)


if __name__ == "__main__":
    serve_telling(NAME, Term)
