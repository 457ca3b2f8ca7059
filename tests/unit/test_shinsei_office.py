"""申請管理: which filing passes, which waits, which link is believed; what the room sends and from which terminals; what stays behind."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.juki.full import filings as day
from connectors.juki.full.filings import Filing, Flaw, Link
from connectors.juki.town import Town
from connectors.kit.desk import Desk
from connectors.kit.domain import (
    APPLICANT_DIFFERS,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNTRUSTED,
    FILING_CHANGED,
    FILING_FORM,
    LINK_NOT_FOUND,
    SERIAL_NOT_LINKED,
    SERIAL_OF_ANOTHER,
    TERMINAL_NOT_LISTED,
)
from connectors.kit.forwarding import Setup
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.operators import Automaton
from connectors.kit.partner import CONFIRMED, REJECTED, Effect, Events
from connectors.kit.patience import Stopped, until_answered
from connectors.shinsei import connector, terminals
from connectors.shinsei.collecting import Collecting
from connectors.shinsei.connector import FEED, REFUSED, Handled, drafts
from connectors.shinsei.filing import encode
from connectors.shinsei.links import Links
from connectors.shinsei.peers.authority import Authority
from connectors.shinsei.peers.eshin import Eshin
from connectors.shinsei.simulator import office
from connectors.shinsei.tray import Collected
from hub.edges import resources
from hub.errors import Faults, IntegrityError, Unavailable
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=3, residents=120, number_of_events=60, day=date(2026, 4, 1), full=True)
JPKI = Authority(TOWN.seed, TOWN.day)
FAULTS = {
    Flaw.EXPIRED: CERTIFICATE_EXPIRED,
    Flaw.REVOKED: CERTIFICATE_REVOKED,
    Flaw.UNTRUSTED: CERTIFICATE_UNTRUSTED,
    Flaw.CHANGED: FILING_CHANGED,
    Flaw.OTHER_PERSON: APPLICANT_DIFFERS,
}


@cache
def law() -> Provisions:
    return load(resources.provision_files())


class Bench:
    """An office and the サービス検索・電子申請機能, with their desks and no process."""

    def __init__(self, home: Path, town: Town = TOWN) -> None:
        self.home = home
        self.eshin = fakehub.LocalPartner(Eshin(town), home / "eshin.jsonl", "eshin")
        self.start(town)

    def start(self, town: Town = TOWN) -> None:
        self.office = office(town, TOKENS)
        self.ledger = Ledger(self.home / "shinsei.jsonl")
        self.desk = Desk(self.office, self.ledger)
        self.collecting = Collecting(self.eshin, self.desk, self.office)

    def link(self, person: str, serial: str, kind: str = "1", message: str = "") -> tuple[str, str]:
        content = json.dumps({"宛名番号": person, "紐付区分": kind, "署名用電子証明書シリアル番号": serial}).encode()
        id_ = message or hashlib.sha256(content).hexdigest()
        (reply,) = self.desk.perform([Effect(id_, "SN-LINK", hashlib.sha256(content).hexdigest(), content)])
        return reply.result, reply.code

    def link_all(self) -> None:
        """All 番号紐付情報 of the day."""
        for one in day.told(TOWN):
            if one.type == "SN-LINK":
                said = {etree.QName(item).localname: item.text or "" for item in one.build()}
                self.link(said["宛名番号"], said["署名用電子証明書シリアル番号"], said["紐付区分"], one.message_id)

    def lines(self, flow: str, name: str = "shinsei") -> list[dict[str, str]]:
        text = (self.home / f"{name}.jsonl").read_text("utf-8")
        return [line for line in map(json.loads, text.splitlines()) if line.get("flow") == flow]

    def given(self) -> list[Mapping[str, Any]]:
        """All that the room fetches, page after page."""
        found: list[Mapping[str, Any]] = []
        cursor, end = "", False
        while not end:
            page = self.office.feed(FEED, cursor, 4)
            if page.cursor == cursor and not page.end:
                break
            found += page.events
            cursor, end = page.cursor, page.end
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def filed(flaw: Flaw = Flaw.NONE, link: Link = Link.BEFORE) -> Filing:
    return next(one for one in day.filings(TOWN) if one.flaw is flaw and one.case.link is link)


class TestVerification:
    def test_each_fault_has_its_own_code_and_no_message(self, bench: Bench) -> None:
        """E2 for every filing that came whole: confirmed exactly when it must pass, else rejected under its code."""
        bench.collecting.collect()
        bench.link_all()
        bench.collecting.decide()
        expected = {one.exchange: _code(one) for one in day.filings(TOWN) if one.flaw is not Flaw.MORE_ITEMS}
        found = {line["exchange"]: (line["result"], line.get("code", "")) for line in bench.lines("E2")}

        assert found == {id_: (REJECTED if code else CONFIRMED, code) for id_, code in expected.items()}
        assert {code for code in expected.values() if code} == {*FAULTS.values(), SERIAL_NOT_LINKED}
        bench.office.complete = True
        assert {one["items"]["申請番号"] + one["items"]["版"] for one in bench.given()} == {
            f"{one.number}{one.version}" for one in day.filings(TOWN) if one.passes
        }

    def test_what_the_form_does_not_ask_for_is_not_taken(self, bench: Bench) -> None:
        """S32: returned at once, noted at both ends, and nothing of it stays."""
        bench.collecting.collect()
        refused = filed(Flaw.MORE_ITEMS).exchange
        ours = {line["MessageId"]: line.get("code", "") for line in bench.lines("E1")}
        theirs = {line["MessageId"]: line.get("reason", "") for line in bench.lines("E1", "eshin")}

        assert ours == theirs
        assert {id_ for id_, code in ours.items() if code} == {refused}
        assert ours[refused] == FILING_FORM
        assert bench.office.tray.get(refused) is None

    def test_waits_for_the_link_of_the_day(self, bench: Bench) -> None:
        """E3 before or after E1, the outcome is the same; until then there is no verdict."""
        bench.collecting.collect()
        late = filed(link=Link.TODAY)
        before = {line["exchange"] for line in bench.lines("E2")}
        bench.link(late.applicant.atena, late.card.signature_serial)
        bench.collecting.decide()

        assert late.exchange not in before
        assert {line["exchange"]: line["result"] for line in bench.lines("E2")}[late.exchange] == CONFIRMED

    def test_nobody_waits_for_a_link_that_cannot_come(self, bench: Bench) -> None:
        """With all 番号紐付情報 of the day here, a serial without one is rejected; before, it waited."""
        bench.collecting.collect()
        never = next(one for one in day.filings(TOWN) if one.case.link is Link.NEVER and one.procedure == day.TENSHUTSU)
        before = {line["exchange"] for line in bench.lines("E2")}
        bench.link_all()
        bench.collecting.decide()
        codes = {line["exchange"]: line.get("code") for line in bench.lines("E2")}

        assert never.exchange not in before
        assert codes[never.exchange] == SERIAL_NOT_LINKED

    def test_without_a_revocation_list_nothing_passes(self, tmp_path: Path) -> None:
        """Fail closed: rejected is only what no list could save, and the rest waits."""
        bench = Bench(tmp_path)
        bench.eshin.play._crl = Authority(99, TOWN.day).revocations([])  # type: ignore[attr-defined]
        bench.link_all()
        bench.collecting.collect()

        assert len(bench.lines("E1")) == len(day.filings(TOWN))
        assert {line.get("code") for line in bench.lines("E2")} == {CERTIFICATE_UNTRUSTED, CERTIFICATE_EXPIRED}
        assert bench.given() == []

    def test_only_who_filed_can_correct(self, bench: Bench) -> None:
        """A 版 of somebody else's 申請番号, well signed by its own applicant, supersedes nothing (S34)."""
        bench.link_all()
        bench.collecting.collect()
        victim, other = filed(), filed(link=Link.TODAY)
        items = dict(other.items) | {"申請番号": victim.number, "版": "9", "訂正前の版": "1"}
        card = JPKI.issue(other.card.signature_serial, [items[name] for name in ("氏名", "生年月日", "性別", "住所")])
        forged = Collected(other.exchange, other.at, card.sign(encode(items)))
        (reply,) = bench.desk.perform([Effect("forged", "E2", forged.digest, forged.content())])

        assert (reply.result, reply.code) == (REJECTED, APPLICANT_DIFFERS)


def _code(one: Filing) -> str:
    return FAULTS.get(one.flaw, "" if one.passes else SERIAL_NOT_LINKED)


class TestLinks:
    def test_a_serial_is_one_persons(self, bench: Bench) -> None:
        """Linked, linked again, claimed by another, ended by another, ended, claimed again."""
        assert bench.link("1000000001", "80AA") == (CONFIRMED, "")
        assert bench.link("1000000001", "80AA", message="again") == (CONFIRMED, "")
        assert bench.link("1000000002", "80AA") == (REJECTED, SERIAL_OF_ANOTHER)
        assert bench.link("1000000002", "80AA", "9") == (REJECTED, LINK_NOT_FOUND)
        assert bench.link("1000000001", "80AA", "9") == (CONFIRMED, "")
        assert bench.link("1000000002", "80AA", message="later") == (CONFIRMED, "")

    @pytest.mark.parametrize("changes", [{"紐付区分": "2"}, {"宛名番号": ""}, {"署名用電子証明書シリアル番号": ""}])
    def test_refuses_what_is_no_link(self, changes: dict[str, str]) -> None:
        """Every part is needed."""
        said = {"宛名番号": "1000000001", "紐付区分": "1", "署名用電子証明書シリアル番号": "80AA"} | changes

        with pytest.raises(ValueError, match="番号紐付情報"):
            Links(TOKENS).facts(said)


class TestTray:
    def test_what_was_used_is_erased(self, bench: Bench) -> None:
        """S27: when the room has asked for what comes after it, nothing is left, nor of what was rejected."""
        bench.link_all()
        bench.collecting.collect()
        held = len(bench.office.tray)
        bench.office.complete = True
        given = bench.given()

        assert held == len(given) > 20
        assert len(bench.office.tray) == 0

    def test_a_cursor_that_comes_again_gets_the_same_after_a_restart(self, bench: Bench) -> None:
        """Nothing was kept, so the filings are fetched once more; the ledgers have no second line of them."""
        bench.link_all()
        bench.collecting.collect()
        bench.office.complete = True
        first = bench.given()
        before = [path.read_bytes() for path in sorted(bench.home.glob("*.jsonl"))]
        bench.ledger.close()
        bench.start()
        assert bench.given() == []
        assert bench.office.tray.missed()
        bench.collecting.collect()
        bench.office.complete = True

        assert bench.given() == first
        assert [path.read_bytes() for path in sorted(bench.home.glob("*.jsonl"))] == before

    def test_ledgers_hold_tokens_only(self, bench: Bench) -> None:
        """No item of any filing, no serial, no 宛名番号 stands in a file."""
        bench.link_all()
        bench.collecting.collect()
        secret = {
            text for one in day.filings(TOWN) for name, text in one.items if len(text) >= 6 and "年月日" not in name
        }
        secret |= {one.card.signature_serial for one in day.filings(TOWN)} - {"TENSHUTSU"}
        secret |= {one.applicant.atena for one in day.filings(TOWN)}
        files = [path.read_bytes() for path in bench.home.iterdir()]

        assert len(secret) > 100
        assert sum(map(len, files)) > 10_000
        assert not [1 for text in secret - {"TENSHUTSU", "TENNYUU_YOYAKU"} for data in files if text.encode() in data]


class Recorder:
    """A partner that remembers what it was told."""

    def __init__(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.events, self.told = events, list[Effect]()

    def perform(self, effects: Sequence[Effect]) -> Sequence[Any]:
        self.told += effects
        return []

    def feed(self, name: str, after: str, limit: int) -> Events:
        return Events(self.events, "1", True)


def setup(partner: Any) -> Setup:
    identity = fakehub.identity("shinsei")
    return Setup(identity, partner, Automaton("shinsei"), law(), frozenset({"juki"}))


def handled(one: Filing, **changes: str) -> dict[str, Any]:
    made = Handled(
        items=dict(one.items),
        serial=one.card.signature_serial,
        verdict="1",
        received=one.at.isoformat(),
        applicant="token",
        staff="S4101",
        department="戸籍住民課",
        terminal="LGWAN-01",
    )
    return asdict(replace(made, **changes))  # type: ignore[arg-type]


class TestRoom:
    def test_makes_the_message_that_the_day_foresees(self) -> None:
        """Id, conversation and payload of every filing are those of the plan, to the byte."""
        make = drafts(setup(Recorder(())), frozenset({"LGWAN-01"}))
        for one, told in [(f, t) for f in day.filings(TOWN) for t in day.told(TOWN) if t.id == f.id]:
            (draft,) = make(handled(one))

            assert not isinstance(draft.payload, bytes)
            assert etree.tostring(draft.payload) == etree.tostring(told.build())
            assert (draft.message_id, draft.conversation_id) == (told.message_id, told.conversation_id)
            assert (draft.type, draft.recipient, draft.created_at) == (told.type, told.recipient, told.at)

    def test_a_filing_of_a_terminal_that_is_not_listed_is_not_sent(self) -> None:
        """S27, S28: no draft, the partner is told under an id of its own, and its neighbours go on."""
        partner = Recorder([handled(filed(), terminal="T-117"), handled(filed(link=Link.TODAY))])
        feed, _ = connector.room(setup(partner)).feeds()
        page = feed.poll("", 10)

        assert [draft.operator.terminal for draft in page.drafts] == ["LGWAN-01"]
        (told,) = partner.told
        assert told.type == REFUSED
        assert json.loads(told.content)["code"] == TERMINAL_NOT_LISTED
        assert feed.poll("", 10).drafts[0].message_id == page.drafts[0].message_id
        assert partner.told[1] == told

    def test_the_partner_writes_the_refusal_down(self, bench: Bench) -> None:
        """So that somebody hears of it."""
        content = json.dumps({"filing": "x", "code": TERMINAL_NOT_LISTED}).encode()
        bench.desk.perform([Effect("m", REFUSED, hashlib.sha256(content).hexdigest(), content)])

        assert json.loads((bench.home / "shinsei.jsonl").read_text())["refused"] == TERMINAL_NOT_LISTED

    @pytest.mark.parametrize("verdict", ["", "0", "2"])
    def test_stops_when_it_is_given_what_was_not_verified(self, verdict: str) -> None:
        """A partner that gives on a filing without a good signature breaks its contract."""
        feed, _ = connector.room(setup(Recorder([handled(filed(), verdict=verdict)]))).feeds()

        with pytest.raises(IntegrityError):
            feed.poll("", 10)

    def test_every_terminal_of_the_office_is_listed(self, bench: Bench) -> None:
        """The list and the invented office agree."""
        bench.link_all()
        bench.collecting.collect()
        bench.office.complete = True

        assert {one["terminal"] for one in bench.given()} == terminals.load(terminals.read_own())


class TestTerminals:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "version: 1\n",
            "version: 1\nterminals: []\n",
            "version: 2\nterminals: [{id: A, place: a, manager: b}]\n",
            "version: 1\nterminals: [{id: '*', place: a, manager: b}]\n",
            "version: 1\nterminals: [{id: A, place: a}]\n",
            "version: 1\nterminals: [{id: A, place: a, manager: b, more: c}]\n",
        ],
    )
    def test_a_list_that_is_not_of_the_form_opens_nothing(self, text: str) -> None:
        """No list, an empty one, a pattern for everything."""
        with pytest.raises(Faults):
            terminals.load(text)

    def test_refuses_a_terminal_that_stands_twice(self) -> None:
        """One terminal, one line."""
        with pytest.raises(ValueError, match="twice"):
            terminals.load("version: 1\nterminals:\n" + "  - {id: A, place: a, manager: b}\n" * 2)


class TestPatience:
    def test_asks_until_it_is_answered(self) -> None:
        """A system that is down is asked again; one that is told to end asks no more."""
        answers = iter([Unavailable, Unavailable, "here"])
        stopped = threading.Event()

        assert until_answered(_asking(answers.__next__), stopped, 0) == "here"
        stopped.set()
        with pytest.raises(Stopped):
            until_answered(_asking(answers.__next__), stopped, 0)


def _asking(draw: Callable[[], Any]) -> Callable[[], Any]:
    def ask() -> Any:
        from hub.codes import kit  # noqa: PLC0415 - beside its only use

        drawn = draw()
        if drawn is Unavailable:
            raise Unavailable(kit.PARTNER_DOWN, endpoint="eshin", kind="down")
        return drawn

    return ask


class TestCollected:
    def test_comes_back_as_it_was(self, bench: Bench) -> None:
        """Every filing over the feed of the サービス検索・電子申請機能."""
        page = bench.eshin.feed("filings", "", 1000)

        assert [Collected.of(event).event() for event in page.events] == list(page.events)
        assert len({Collected.of(event).digest for event in page.events}) == len(day.filings(TOWN))

    @pytest.mark.parametrize(
        "changes",
        [
            {"received": "2026-04-01T09:00:00"},
            {"received": "now"},
            {"application": "?"},
            {"signature": 1},
            {"exchange": None},
        ],
    )
    def test_refuses_what_is_no_filing(self, bench: Bench, changes: dict[str, Any]) -> None:
        """The contract between the two systems is held."""
        (event,) = bench.eshin.feed("filings", "", 1).events

        with pytest.raises(ValueError, match=r".+"):
            Collected.of({**event, **changes})

    def test_an_ordinary_day_has_none(self) -> None:
        """Without --full nothing comes and the feed is over at once."""
        quiet = replace(TOWN, full=False)

        assert Eshin(quiet).feed("filings", "", 5) == Events([], "0", True)
        assert office(quiet, TOKENS).feed(FEED, "", 5) == Events([], "0", True)
