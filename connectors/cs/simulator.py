"""A CS that checks updates on its own data and hears from other CS: `python -m connectors.cs.simulator --help`.

On a full day it stands between 住記 and 住基ネット: what it took it tells the prefecture, the 全国サーバー, other CS and the card
system (`connectors.cs.exchange`), which are processes of their own (`connectors.cs.peers`). On an ordinary day nothing is behind
it: what others announce it knows by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.cs import layouts
from connectors.cs.connector import FEED, heading
from connectors.cs.exchange import Behind, Exchanges, work_of
from connectors.cs.network import ADACHI, ENQUIRY, Person, found, indexed, person, search
from connectors.cs.peers.term import Term
from connectors.cs.reconciling import EQUAL, ITEMS, MISSING, mark, told
from connectors.cs.register import Record, Register, record_of
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.desk import Performed, Plain
from connectors.kit.domain import (
    ALREADY_NUMBERED,
    DAY_NOT_CLOSED,
    NO_SUCH_MUNICIPALITY,
    REQUEST_REPEATED,
)
from connectors.kit.errands import FLOW, Errand, done, refused, taken
from connectors.kit.ledger import Line, Tokens
from connectors.kit.observing import CONVERSATION, OBSERVATIONS, Sightings
from connectors.kit.partner import CONFIRMED, Effect, Events, Result
from connectors.kit.payload import items, payload_of
from connectors.kit.simulator import Options, run

ENDPOINT = "cs"
_RECEIVED: Final = frozenset({"A3-1", "B10"})
_ENQUIRED: Final = frozenset({"A2-234", "A4-1"})
# The flows that it tells its connector of, with whom they run unless the line of an errand says to whom it went.
SEEN: Final = MappingProxyType(
    {
        **dict.fromkeys(("A1-4", "A3-5b"), "to-sv"),
        **dict.fromkeys(("A5-12", "A6-123", "B8-2"), "zenkoku"),
        **dict.fromkeys(("A3-6", "A7-2", "A8-1"), "card"),
        **dict.fromkeys(_ENQUIRED, "term"),
        "A3-1": "other-cs",
        "A3-x1": "cs",
    }
)


@dataclass(slots=True)
class Known:
    """What the CS remembers beside its register: out of ledger lines only."""

    confirmed: dict[str, None] = field(default_factory=dict)  # in the order of the lines
    lines: set[str] = field(default_factory=set)
    received: list[str] = field(default_factory=list)
    requests: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)


class Cs(Plain):
    """The CS of one town: everybody who lives there is recorded when the day begins, but for what a full day has it lack."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self.tokens = tokens
        self.town = town
        self._register = Register()
        self._yesterday: dict[str, tuple[str, ...]] = {}
        self.persons: list[Person] = []
        for update in _morning(town):
            self._register.put(record_of(update, tokens))
            if town.full:
                self._yesterday[update["住民票コード"]] = tuple(update[name] for name in _ITEMS)
                self.persons.append(person(update))
        self._index = indexed(self.persons)
        self._notices = {one.message_id: one for one in town.notices(ENDPOINT, tokens)}
        self._awaited = {one.message_id: one.awaits for one in town.told if one.sender == ENDPOINT}
        self.known = Known()
        self.heard: dict[str, Result] = {}
        self.behind: Behind | None = None
        self._handed = 0
        self.sightings = Sightings(SEEN)
        self._to_come = len(Term(town, tokens).first()) if town.full else 0  # enquiries of the 統合端末

    # --- the desk -----------------------------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> Performed:
        rule = _RULES.get(effect.type)
        return rule(self, effect) if rule else done(effect)

    def remember(self, line: Line) -> None:
        facts, known = line.facts, self.known
        known.lines.add(line.message)
        self.sightings.take(line)
        if line.result != CONFIRMED:
            return
        known.confirmed[line.message] = None
        known.requests.update(facts[name] for name in ("process", "request") if name in facts)
        if facts.get(FLOW) in _RECEIVED:
            known.received.append(line.message)
        if "person" in facts:
            present = facts.get("present", "1") == "1"
            self._register.put(Record(facts["person"], facts["fixed"], present, facts.get("former", "")))
        if "number" in facts:
            known.numbers[line.message] = facts["number"]

    def reply(self, effect: Effect) -> Mapping[str, str]:
        match effect.type:
            case "HK-UPD":
                return {"更新順番号": self.known.numbers[effect.message]}
            case "BN-REQ":
                return self._numbered(effect)
            case "SG-CHK":
                return self._compared(layouts.Question.decode(effect.content))
            case type_ if type_ in _ENQUIRED:
                heard = self.heard.get(effect.message)
                return heard.reply if heard else found(search(self._index, ENQUIRY.decode(effect.content)))
            case _:
                return {}

    def feed(self, name: str, after: str, limit: int) -> Events:
        """転出証明書情報 and 転入通知. With others behind the CS these are what came from them, in the order of arrival.

        Beside it what was observed, which is at rest once the 統合端末 has asked everything of the day.
        """
        if name == OBSERVATIONS:
            asked = self.behind is None or self.sightings.count(_ENQUIRED) >= self._to_come
            return self.sightings.page(after, limit, quiet=asked)
        if name != FEED:
            raise ValueError("no such feed")
        start = int(after or "0")
        ready = self.known.received if self.behind is not None else list(takewhile(self._may_come, self._notices))
        if not 0 <= start <= len(ready):
            raise ValueError("no such place")
        self._let_go(start)
        names = ready[start : start + limit]
        page = [self.behind.held(one) if self.behind else self.record(one) for one in names]
        place = start + len(page)
        return Events(page, str(place), place == len(self._notices))

    def _let_go(self, place: int) -> None:
        """Of what 住記's connector has for good, a 転入通知 is not held any longer; a 転出証明書情報 is until its day."""
        if self.behind is not None:
            for one in self.known.received[self._handed : place]:
                self.behind.let_go(one)
            self._handed = max(self._handed, place)

    def record(self, message: str) -> Mapping[str, str]:
        """What another CS announces, by the MessageId of the message that 住記 will get."""
        notice = self._notices[message]
        return layouts.incoming(heading(notice), etree.fromstring(notice.payload))

    def neighbours(self) -> Sequence[Person]:
        """People of other municipalities."""
        return [person(one) for one in behind.neighbours(self.town)]

    def work(self) -> Iterator[Errand]:
        """What it does by itself on the day."""
        acts = [(code, act) for code, act, _ in behind.card_acts(self.town)]
        return work_of(self.town.day, self.persons, self.neighbours(), acts, self.tokens)

    # --- the rules ----------------------------------------------------------------------------------------------------

    def route(self, enquiry: Mapping[str, str]) -> str:
        """住所地 of an enquiry's person: "" when that is the ward itself."""
        place = enquiry.get("住所地市町村コード", "")
        return "" if place == ADACHI else place

    def update(self, effect: Effect) -> Performed:
        """本人確認情報の更新, by S16."""
        update = layouts.read(effect.type, effect.content)
        if not update.get("住民票コード") or not update.get("異動事由"):
            raise ValueError("an update of nobody")
        record = record_of(update, self.tokens)
        code = self._register.verdict(record, update["異動事由"])
        if code:
            return Performed(confirmed=False, code=code)
        number = f"{len(self.known.numbers) + 1:012d}"
        return Performed(facts={"person": record.person, "fixed": record.fixed, **_optional(record), "number": number})

    def arrival(self, effect: Effect) -> Performed:
        """転入通知: passed on."""
        layouts.read(effect.type, effect.content)
        return Performed()

    def letter(self, effect: Effect) -> Performed:
        """送付先情報: counted, never edited (S18)."""
        return Performed(facts={"persons": str(_counted(effect.content))})

    def process(self, effect: Effect) -> Performed:
        """処理通番 and 住民票コード: each number once."""
        return self._once("process", layouts.read(effect.type, effect.content)["処理通番"])

    def request(self, effect: Effect) -> Performed:
        """送信依頼: to a municipality, whose code never ends in 000 before its check digit, and once."""
        said = layouts.read(effect.type, effect.content)
        if said["転出元市町村コード"][2:5] == "000":
            return Performed(confirmed=False, code=NO_SUCH_MUNICIPALITY)
        return self._once("request", said["依頼番号"])

    def _once(self, kind: str, number: str) -> Performed:
        token = self.tokens.of(kind, number)
        if token in self.known.requests:
            return Performed(confirmed=False, code=REQUEST_REPEATED)
        return Performed(facts={kind: token})

    def received(self, effect: Effect) -> Performed:
        """転出証明書情報 or 転入通知 of another CS."""
        record = layouts.INCOMING.decode(effect.content)
        return taken(effect, **{CONVERSATION: record["会話番号"]})

    def enquired(self, effect: Effect) -> Performed:
        """An enquiry of the 統合端末; the verdict of whoever was asked for it."""
        ENQUIRY.decode(effect.content)
        heard = self.heard.get(effect.message)
        return taken(effect) if heard is None or heard.confirmed else refused(effect, heard.code)

    def number(self, effect: Effect) -> Performed:
        """The 機構 decides; without it, whether the 住民票コード had a number in the morning."""
        heard = self.heard.get(effect.message)
        if heard is not None:
            return Performed(confirmed=heard.confirmed, code=heard.code)
        said = layouts.read("BN-REQ", effect.content)
        if said["生成要求事由"] == "SHINKI" and said["住民票コード"] in self._yesterday:
            return Performed(confirmed=False, code=ALREADY_NUMBERED)
        return Performed()

    def _numbered(self, effect: Effect) -> Mapping[str, str]:
        heard = self.heard.get(effect.message)
        if heard is not None:
            return heard.reply
        said = layouts.read("BN-REQ", effect.content)
        number = self.town.generated(said["住民票コード"], said["生成要求事由"])
        return {"個人番号": number, "生成年月日": self.town.day.isoformat()}

    def compare(self, effect: Effect) -> Performed:
        """整合: against the state of a day that is over."""
        question = layouts.Question.decode(effect.content)
        if question.day >= self.town.day.isoformat():
            return Performed(confirmed=False, code=DAY_NOT_CLOSED)
        reply = self._compared(question)
        unequal = len(reply["判定"]) - reply["判定"].count(EQUAL)
        facts = {"persons": str(len(question.persons)), "unequal": str(unequal), "own": reply["CSのみの人数"]}
        return Performed(facts=facts)

    def _compared(self, question: layouts.Question) -> Mapping[str, str]:
        """The state of yesterday against the question. Whom it should have named follows from 分割番号: the rest of the code."""
        asked = {one["住民票コード"] for one in question.persons}
        own = (
            code for code in self._yesterday if int(code) % question.parts == question.part - 1 and code not in asked
        )
        marks = "".join(self._mark(one) for one in question.persons)
        return told(marks, tuple(code for code, _ in zip(own, range(layouts.MOST_OWN), strict=False)))

    def _mark(self, one: Mapping[str, str]) -> str:
        ours = self._yesterday.get(one["住民票コード"])
        if ours is None:
            return MISSING
        return mark([name for name, text in zip(ITEMS, ours, strict=True) if text != one.get(name, "")])

    def _may_come(self, message: str) -> bool:
        """With nobody behind the CS: whether what it answers was asked."""
        awaited = self._awaited.get(message, "")
        return not awaited or awaited in self.known.confirmed


_RULES: Final[Mapping[str, Callable[[Cs, Effect], Performed]]] = MappingProxyType(
    {
        "HK-UPD": Cs.update,
        "TN-NOTE": Cs.arrival,
        "SF-SEND": Cs.letter,
        "TS-REQ": Cs.request,
        "BN-REQ": Cs.number,
        "CK-FGC": Cs.process,
        "SG-CHK": Cs.compare,
        **dict.fromkeys(_RECEIVED, Cs.received),
        **dict.fromkeys(_ENQUIRED, Cs.enquired),
    }
)
_ITEMS: Final = ("漢字氏名", "生年月日", "性別", "住所", "異動年月日")


def _morning(town: Town) -> Iterator[Mapping[str, str]]:
    """The last update about everybody whom the CS knows."""
    missing = behind.missing_at_cs(town) if town.full else frozenset[str]()
    stale = behind.stale_at_cs(town) if town.full else {}
    for update in map(items, town.first_updates()):
        code = update["住民票コード"]
        if code in stale:
            yield {**update, "住所": "東京都足立区中央本町一丁目17番1号", "異動年月日": stale[code]}
        elif code not in missing:
            yield update
    if town.full:
        yield from behind.only_at_cs(town)


def _counted(envelope: bytes) -> int:
    """対象となる人数, which must be as many as there are. Raises `ValueError`."""
    said = payload_of(envelope)
    count = len(list(said.iterchildren("{*}対象者")))
    if said.findtext("{*}対象となる人数") != str(count):
        raise ValueError("not as many persons as it says")
    return count


def _optional(record: Record) -> dict[str, str]:
    """What a ledger line says only where it is not the usual."""
    return ({} if record.present else {"present": "0"}) | ({"former": record.former} if record.former else {})


def made(options: Options, tokens: Tokens) -> Cs:
    """The CS that a process was started for."""
    return Cs(Town.of(options), tokens)


if __name__ == "__main__":
    exchanges = Exchanges(made)
    sys.exit(run(ENDPOINT, (ENDPOINT,), exchanges.plays, speak=exchanges.speak))
