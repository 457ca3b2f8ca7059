"""A 住記 for `bench.reconcile`, as a process of its own: asks about its whole register, a part at a time, and holds none of it.

It asks AHEAD parts before the first is answered and then one for each result, so that nothing piles up in the hub. Of a part that
is asked it remembers what was planted in it, until the result is there and can be held against that.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from lxml import etree

from bench.partners import asked_for
from bench.registers import KINDS, Mismatch, Registers
from connectors.juki import heard, parts, said
from connectors.juki.full.cs import SG_CHK, question
from connectors.juki.population import AS_OF
from connectors.juki.simulator import speak
from connectors.juki.told import Told
from connectors.kit.desk import Performed, Plain
from connectors.kit.feeds import Notice
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import run

ENDPOINT = "juki"
AHEAD = 16  # parts that may be asked and not answered
TOLD = 5  # of a part's differences that a ledger line spells out


class Juki(Plain):
    """`at` is when the questions are made; a part's message is the same every time it is asked for, salts apart."""

    def __init__(self, registers: Registers, tokens: Tokens, at: datetime) -> None:
        self._registers = registers
        self._tokens = tokens
        self._at = at
        self._answered = 0
        self._asked: dict[int, Mapping[str, Mismatch]] = {}
        self._kept: tuple[int, Sequence[parts.Record]] | None = None

    def feed(self, name: str, after: str, limit: int) -> Events:
        """The persons of one part at most; the cursor is part and person."""
        if name in said.FEEDS and name != parts.FEED:
            return Events((), after, end=True)
        part, person = (int(one) for one in (after or "1:0").split(":"))
        if name != parts.FEED or not 1 <= part <= self._registers.parts + 1:
            raise ValueError("no such feed or place")
        if part > min(self._registers.parts, self._answered + AHEAD):
            return Events((), after, end=part > self._registers.parts)
        records = self._part(part)
        page = records[person : person + limit]
        next_ = f"{part}:{person + limit}" if person + limit < len(records) else f"{part + 1}:0"
        return Events(page, next_, end=next_ == f"{self._registers.parts + 1}:0")

    def perform(self, effect: Effect) -> Performed:
        """A result, held against what was planted; only numbers and names of items go into the ledger."""
        if effect.type != "SG-RES":
            raise ValueError("nothing but 整合 is done here")
        result = heard.read(effect).payload
        number = int(_text(result, "整合番号").rpartition("-")[2])
        planted = self._asked.get(number)
        if planted is None:  # asked before a restart
            planted = self._registers.part(number).planted
        return Performed(facts=dict(_held_against(result, number, planted)))

    def remember(self, line: Line) -> None:
        self._answered += 1
        self._asked.pop(int(line.facts["part"]), None)

    def _part(self, number: int) -> Sequence[parts.Record]:
        """The records of a part; the last is kept while its pages are read."""
        if self._kept is None or self._kept[0] != number:
            self._kept = number, parts.records_of(self._notice(number))
        return self._kept[1]

    def _notice(self, number: int) -> Notice:
        part = self._registers.part(number)
        self._asked[number] = part.planted
        told = Told(
            *(f"reconcile-{self._registers.seed}-{number}", *_way(), part.residents[0].atena, self._at),
            build=partial(question, f"SG-{AS_OF:%Y%m%d}-{number:06d}", AS_OF, part.residents),
            reason_code="SEIGOU",
            reason="住記とCSの整合",
            persons=tuple(one.atena for one in part.residents),
            batch=(f"SG-{AS_OF:%Y%m%d}-{self._registers.seed}", number, self._registers.parts),
        )
        return told.notice(self._tokens)


def differences(planted: Mapping[str, Mismatch], found: Mapping[str, Mismatch]) -> Iterator[str]:
    """What does not agree, without saying about whom."""
    for code in planted.keys() | found.keys():
        if code not in found:
            yield f"planted and not found: {planted[code]}"
        elif code not in planted:
            yield f"found and not planted: {found[code]}"
        elif planted[code] != found[code]:
            yield f"planted {planted[code]}, found {found[code]}"


def _held_against(said: etree._Element, number: int, planted: Mapping[str, Mismatch]) -> Iterator[tuple[str, str]]:
    found = dict(_mismatches(said))
    wrong = sorted(f"part {number}: {text}" for text in differences(planted, found))
    yield from (("part", str(number)), ("persons", _text(said, "照合した人数")), ("equal", _text(said, "一致した人数")))
    for what, mismatches in (("planted", planted), ("found", found)):
        counts = Counter(one.kind for one in mismatches.values())
        yield from ((f"{what}-{kind}", str(counts[kind])) for kind in KINDS)
    yield "wrong", str(len(wrong))
    yield "differences", json.dumps(wrong[:TOLD], ensure_ascii=False)


def _way() -> tuple[str, str, str, str, str]:
    return SG_CHK.flow, SG_CHK.type, SG_CHK.sender, SG_CHK.recipient, SG_CHK.item


def _mismatches(said: etree._Element) -> Iterator[tuple[str, Mismatch]]:
    for person in said.iterchildren("{*}対象者"):
        names = tuple(name.text or "" for name in person.iterchildren("{*}不一致項目名"))
        yield _text(person, "住民票コード"), Mismatch(_text(person, "不一致区分"), names)


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


if __name__ == "__main__":
    chosen, rest = asked_for(sys.argv[1:])
    sys.exit(
        run(
            ENDPOINT,
            (ENDPOINT,),
            lambda options, tokens: {
                ENDPOINT: Juki(Registers(options.seed, options.residents, chosen.size), tokens, chosen.at)
            },
            rest,
            speak,
        )
    )
