"""What the CS does with the systems behind it on a full day: it asks them, hears from them, and tells them what it took.

    effect of 住記 -> outbox (sealed) -> desk: ledger line -> couriers -> other system, then the CS's own line -> out of the outbox

Each system has a courier of its own, so what goes to the prefecture (A3-5b) never waits for what goes to the other CS (A3-5a).
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.cs import holding, layouts, network
from connectors.cs.network import (
    CARD,
    CS,
    DIFFERING,
    DOOR,
    ENQUIRY,
    PERSON,
    TOKYO,
    Person,
    errand,
    following,
    of_the_day,
)
from connectors.kit.desk import Desk, Play, Reply
from connectors.kit.errands import Asking, Courier, Errand, verdict
from connectors.kit.languages.telegram import TelegramPartner, TelegramService
from connectors.kit.ledger import Tokens
from connectors.kit.observing import OBSERVATIONS
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.pending import Pending
from connectors.kit.safe import Safe
from connectors.kit.simulator import Options, Service

if TYPE_CHECKING:
    from connectors.cs.simulator import Cs

TOLD: Final = ("to-sv", "zenkoku", "card", "other-cs")
_PATIENCE: Final = 30.0  # seconds for the last errands when the day ends
_SPECIAL: Final = "TENNYUU_TOKUREI"
_HELD: Final = frozenset({"A3-1", "B10"})
_ENQUIRIES: Final = 24
_PARTS: Final = 12


def errands_of(effect: Effect, tokens: Tokens) -> list[Errand]:
    """Whom the CS must tell what because it took the effect."""
    match effect.type:
        case "HK-UPD":
            return _of_update(effect, tokens)
        case "TN-NOTE":
            return [_passed("A3-5a", "other-cs", effect)]
        case "TS-REQ":
            return [_passed("A3-x2", "other-cs", effect)]
        case "CK-FGC":
            return [_passed("C2b", "zenkoku", effect)]
        case "SF-SEND":
            return [_passed("A7-2", "card", effect), _held_against(effect, tokens)]
        case _:
            return []


def _of_update(effect: Effect, tokens: Tokens) -> list[Errand]:
    """The prefecture hears of every update once: of a 特例転入 as A3-5b, together with the 転入通知, of any other as A1-4."""
    update = layouts.read("HK-UPD", effect.content)
    content = PERSON.encode(network.person(update))
    special = update["異動事由"] == _SPECIAL
    ways = [("A3-5b" if special else "A1-4", "to-sv", content), ("B8-2", "zenkoku", content)]
    if special:
        card = {name: update[name] for name in ("住民票コード",)} | {
            "処理区分": "KEIZOKU",
            "処理年月日": update["異動年月日"],
        }
        ways.append(("A3-6", "card", CARD.encode(card)))
    return [
        errand((flow, to), said, following(effect.message, flow, to), tokens, effect.message) for flow, to, said in ways
    ]


def _passed(flow: str, to: str, effect: Effect) -> Errand:
    """The record as it came, under the digest that it came with (S18)."""
    return Errand(following(effect.message, flow, to), flow, to, effect.sha256, effect.content, effect.message)


def _held_against(effect: Effect, tokens: Tokens) -> Errand:
    """突合 of a 送付先情報 with 機構保存本人確認情報 (L519): are these the latest four items? A finding; the letter goes as it is (S18).

    It goes the way of the updates, behind them: what the 全国サーバー says is of after them.
    """
    id_ = following(effect.message, "A7-2", "zenkoku")
    content = network.comparison(f"TG-{id_}", list(network.addressees(effect.content)))
    one = errand(("A7-2", "zenkoku"), content, id_, tokens, effect.message)
    return replace(one, findings=(DIFFERING,))


def work_of(
    day: date,
    persons: Sequence[Person],
    others: Sequence[Person],
    acts: Iterable[tuple[str, str]],
    tokens: Tokens,
) -> Iterator[Errand]:
    """What the CS does by itself on the day.

    Enquiries about `others` (A5-12), 整合 of `persons` with both servers (A6-123), card events (A8-1): 住民票コード and 処理区分.
    """
    for number, one in enumerate(others[:_ENQUIRIES]):
        key = "個人番号" if number % 2 else "住民票コード"
        said = {"照会番号": f"KK-{day:%Y%m%d}-{number:06d}", key: one[key]}
        id_ = of_the_day(day, "A5-12", number, "zenkoku")
        yield errand(("A5-12", "zenkoku"), ENQUIRY.encode(said), id_, tokens)
    for number in range(_PARTS):
        part = [one for one in persons if int(one["住民票コード"]) % _PARTS == number]
        content = network.comparison(f"SK-{day:%Y%m%d}-{number:06d}", part)
        for to in ("to-sv", "zenkoku"):
            yield errand(("A6-123", to), content, of_the_day(day, "A6-123", number, to), tokens)
    for number, (code, act) in enumerate(acts):
        content = CARD.encode({"住民票コード": code, "処理区分": act, "処理年月日": day.isoformat()})
        yield errand(("A8-1", "card"), content, of_the_day(day, "A8-1", number, "card"), tokens)


class Behind:
    """The systems behind the CS as its desk sees them: `held` gives what came from other CS."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.outbox = Pending(folder / "cs-outbox", key)
        self.certificates = Safe(
            folder / "cs-certificates", hmac.digest(key, b"certificates", "sha256"), "cs/certificates"
        )

    def held(self, name: str) -> Mapping[str, str]:
        """A record of the feed, texts as on the line. Raises `KeyError` for one that was erased."""
        return layouts.INCOMING.layout.decode(self.certificates.read(name))

    def let_go(self, name: str) -> None:
        """Erases what came from another CS, unless it has a day of its own for that."""
        try:
            planned = holding.planned(self.certificates.read(name))
        except KeyError:
            return
        if planned is None:
            self.certificates.erase(name)


class Exchange(Desk):
    """The desk of the CS with others behind it; 住記's connector and the other systems speak to the same."""

    def __init__(self, desk: Desk, cs: Cs, behind_it: Behind, place: Path) -> None:
        self._desk = desk
        self._cs = cs
        self._behind = behind_it
        self._partners = {to: _partner(place, to) for to in TOLD}
        self._asked = {to: Asking(_partner(place, to)) for to in ("to-sv", "zenkoku")}
        self._open: dict[str, set[str]] = {}
        self._turn_of_open = threading.Lock()
        self._couriers = {
            to: Courier(to, partner, desk, cs.known.lines, self._settled) for to, partner in self._partners.items()
        }

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        """As `Desk.perform`. Raises `ConnectionError` when a system that must be asked first cannot be reached."""
        for effect in effects:
            self._ask(effect)
        # What has a line was kept before it got one; other content under its id must not take its place.
        fresh = [one for one in effects if one.message not in self._cs.known.lines]
        self._behind.certificates.keep((one.message, one.content) for one in fresh if one.type in _HELD)
        leaving = [one for one in fresh if errands_of(one, self._cs.tokens)]
        self._behind.outbox.keep((one.message, one) for one in leaving)
        try:
            replies = self._desk.perform(effects)
        finally:
            for effect in effects:
                self._cs.heard.pop(effect.message, None)
        taken = {one.message for one, reply in zip(effects, replies, strict=True) if reply.result == CONFIRMED}
        self._send([one for one in leaving if one.message in taken])
        for one in leaving:
            if one.message not in taken:
                self._behind.outbox.erase(one.message)
        return replies

    def feed(self, name: str, after: str, limit: int) -> Events:
        """As the desk's; what was observed has no end while an errand is under way."""
        # Asked before the page is made: what ends in between stands on it.
        quiet = all(courier.idle for courier in self._couriers.values())
        page = self._desk.feed(name, after, limit)
        return replace(page, end=page.end and (quiet or name != OBSERVATIONS))

    def retire(self) -> None:
        self._desk.retire()

    # --- a day --------------------------------------------------------------------------------------------------------

    def begin(self, day: date, work: Iterable[Errand]) -> None:
        """Erases what is overdue, takes up what was left, and sets the couriers to work."""
        self._erase(day)
        left = dict(self._behind.outbox.left())
        for name in left:
            if name in self._cs.known.lines and name not in self._cs.known.confirmed:
                self._behind.outbox.erase(name)
        # In the order in which they were taken: the 全国サーバー hears of an update before it is asked about it (A7-2).
        self._send([left[name] for name in self._cs.known.confirmed if name in left])
        self._give(work)
        for courier in self._couriers.values():
            courier.start()

    def finish(self) -> None:
        """Lets the couriers end."""
        for courier in self._couriers.values():
            courier.finish(_PATIENCE)
        for partner in self._partners.values():
            partner.close()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _erase(self, day: date) -> None:
        """A3-x1: the line names the certificate's id and nothing of the person; then the file goes."""
        for name in self._behind.certificates.names():
            planned = holding.planned(self._behind.certificates.read(name))
            if planned is not None and holding.due(planned, day):
                digest = hashlib.sha256(name.encode()).hexdigest()
                content = verdict(at=f"{day.isoformat()}T09:00:00+09:00")
                self._desk.perform([Effect(following(name, "A3-x1", CS), "A3-x1", digest, content)])
                self._behind.certificates.erase(name)

    def _ask(self, effect: Effect) -> None:
        """What the CS cannot decide by itself: a number (B11), 本人確認 (A2), a search for somebody from elsewhere (A4)."""
        to, flow = "zenkoku", effect.type
        if effect.type == "BN-REQ":
            flow = "B11"
        elif effect.type == "A4-1":
            place = self._cs.route(ENQUIRY.decode(effect.content))
            to = "to-sv" if place.startswith(TOKYO) else "zenkoku" if place else ""
        elif effect.type != "A2-234":
            return
        if to:
            asked = Effect(effect.message, flow, effect.sha256, effect.content)
            self._cs.heard[effect.message] = self._asked[to].ask(asked)

    def _send(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            errands = [one for one in errands_of(effect, self._cs.tokens) if one.id not in self._cs.known.lines]
            if not errands:
                self._behind.outbox.erase(effect.message)
                continue
            with self._turn_of_open:
                again = effect.message in self._open
                self._open.setdefault(effect.message, {one.id for one in errands})
            if not again:
                self._give(errands)

    def _give(self, errands: Iterable[Errand]) -> None:
        for one in errands:
            self._couriers[one.to].give([one])

    def _settled(self, one: Errand) -> None:
        """The outbox lets go of an effect when all have heard of it: a 送付先情報 once the card system has it (S19)."""
        with self._turn_of_open:
            open_ = self._open.get(one.cause)
            if open_ is None:
                return
            open_.discard(one.id)
            if open_:
                return
            del self._open[one.cause]
        self._behind.outbox.erase(one.cause)


class _Service:
    """The CS's two doors: one for 住記, one for the systems behind it."""

    def __init__(self, place: Path, exchange: Exchange, day: date, work: Iterable[Errand]) -> None:
        self._exchange = exchange
        self._front = TelegramService(place, {CS: exchange}, layouts.DIALECT)
        self._back = TelegramService(place.with_name(DOOR), {CS: exchange}, network.DIALECT)
        self._day, self._work = day, work

    def serve(self) -> None:
        self._exchange.begin(self._day, self._work)
        threading.Thread(target=self._back.serve, daemon=True).start()
        self._front.serve()
        self._exchange.finish()

    def stop(self) -> None:
        self._front.stop()

    def close(self) -> None:
        self._front.close()
        self._back.stop()
        self._back.close()


class Exchanges:
    """Puts the CS of one process together: `plays` and `speak` of `connectors.kit.simulator.run`."""

    def __init__(self, make: Callable[[Options, Tokens], Cs]) -> None:
        self._make = make
        self._started: tuple[Options, Cs] | None = None

    def plays(self, options: Options, tokens: Tokens) -> Mapping[str, Play]:
        made = self._make(options, tokens)
        self._started = (options, made)
        return {CS: made}

    def speak(self, place: Path, desks: Mapping[str, Desk]) -> Service:
        """With the systems behind it on a full day, whose sockets lie beside its own; alone on an ordinary one."""
        if self._started is None:
            raise ValueError("plays come first")
        options, cs = self._started
        if not options.full:
            return TelegramService(place, desks, layouts.DIALECT)
        made = Behind(options.ledger_dir, options.key.read_bytes())
        cs.behind = made
        before = holding.held_before(options.day, cs.neighbours())
        erased = cs.known.lines
        made.certificates.keep(one for one in before if following(one[0], "A3-x1", CS) not in erased)
        return _Service(place, Exchange(desks[CS], cs, made, place), options.day, list(cs.work()))


def _partner(place: Path, to: str) -> TelegramPartner:
    return TelegramPartner(place.with_name(f"{to}.sock"), to, network.DIALECT)
