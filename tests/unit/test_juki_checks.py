"""connectors.juki.checks: what 住記 takes and rejects of what it is told, and how it answers a 四情報照会."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.juki import heard
from connectors.juki.checks import Checks, copied
from connectors.juki.day import JST
from connectors.juki.full import nws
from connectors.juki.kinds import Kind
from connectors.juki.original import Original
from connectors.juki.resident import Resident
from connectors.juki.simulator import Juki
from connectors.juki.town import Town
from connectors.kit.desk import Desk
from connectors.kit.domain import COPY_DIFFERS, NO_MATCH, REMOVED_PERSON, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ids import new_id
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.partner import CONFIRMED, Effect
from connectors.kit.payload import items
from tests import samples
from tests.samples import Value

TOWN = Town(seed=7, residents=120, number_of_events=160, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
ONE = nws.quiet(TOWN)[0]
NOON = datetime(2026, 4, 1, 12, 0, tzinfo=JST)
STRANGER, _ = nws.strangers(TOWN)
CODE = "10987654320"
REQUESTS = [one for one in TOWN.told if one.type == "BN-REQ"]
ASKED = [items(one.build()) for one in REQUESTS]
SAMPLE_REQUEST = items(samples.tree("BN-RES", {}))["依頼番号"]


def effect(kind: str, payload: etree._Element, at: datetime = NOON) -> Effect:
    """As 住記 gets to read it."""
    return Effect(new_id(at, secrets.token_bytes(10)), kind, "0" * 64, heard.written(kind, at, payload))


def verdict(kind: str, changes: dict[str, Value], at: datetime = NOON, variant: int = 0) -> str:
    told = heard.read(effect(kind, samples.tree(kind, changes, variant), at))
    return Checks(TOWN, TOKENS).verdict(told).code


def number(asked: Mapping[str, str]) -> dict[str, Value]:
    """What a BN-RES says of the request that it answers."""
    return {"依頼番号": asked["依頼番号"], "住民票コード": asked["住民票コード"]}


def basics(one: Resident, address: str = "住所") -> dict[str, Value]:
    return {"氏名": one.name, "生年月日": one.birth, "性別": one.sex.value, address: one.address.text}


def removed() -> tuple[Resident, datetime]:
    """Somebody who dies or leaves on the day, and when."""
    event = next(one for one in TOWN.events if one.kind in {Kind.SHIBOU, Kind.TENSHUTSU} and not one.planned)
    return event.after, event.at


class TestByNumber:
    @pytest.mark.parametrize("kind", ["CK-FGU", "CK-4J", "CK-EXP", "SK-INFO"])
    def test_nobody_is_unknown(self, kind: str) -> None:
        """A 宛名番号 that nobody bears on this day."""
        variant = 1 if kind in {"CK-4J", "CK-EXP"} else 0

        assert verdict(kind, {"宛名番号": STRANGER}, variant=variant) == UNKNOWN_PERSON

    def test_a_resident_has_entitlements_and_somebody_who_left_has_none(self) -> None:
        """B12: as of the time of the message."""
        one, at = removed()

        assert verdict("SK-INFO", {"宛名番号": one.atena}, at - timedelta(minutes=1)) == ""
        assert verdict("SK-INFO", {"宛名番号": one.atena}, at + timedelta(minutes=1)) == REMOVED_PERSON

    def test_a_code_is_asked_for_whoever_is_of_the_day(self) -> None:
        """C2a: the other zone may be faster than the 異動."""
        new = nws.fugou(TOWN)[0]

        assert verdict("CK-FGU", {"宛名番号": new.person}, new.at - timedelta(hours=1)) == ""


class TestCopy:
    def said(self, **changes: str) -> dict[str, Value]:
        items = {**copied(ONE), **changes}
        copy = {name: items.pop(name) for name in nws.ITEMS}
        return {"宛名番号": ONE.atena, **items, "副本": copy}

    def test_the_original_agrees_with_itself(self) -> None:
        """C7."""
        assert verdict("CK-EXP", self.said(), variant=1) == ""

    @pytest.mark.parametrize("item", ["版", "自動応答不可フラグ", *nws.ITEMS])
    def test_every_item_is_compared(self, item: str) -> None:
        """S24: one that differs is enough."""
        other = {"1": "0", "0": "1"}.get(copied(ONE)[item], "99")

        assert verdict("CK-EXP", self.said(**{item: other}), variant=1) == COPY_DIFFERS


class TestByBasics:
    @pytest.mark.parametrize(("kind", "address"), [("TN-IN", "転入前住所"), ("KS-NOTE", "住所")])
    def test_finds_whom_it_has(self, kind: str, address: str) -> None:
        """突合 of the four items; each of them matters."""
        said = basics(ONE, address)

        assert verdict(kind, said) == ""
        for item in said:
            other = {"性別": "2" if ONE.sex.value == "1" else "1", "生年月日": "18990101"}.get(item, "見本")
            assert verdict(kind, said | {item: other}) == NO_MATCH, item

    def test_a_child_is_known_by_its_address(self) -> None:
        """出生: nobody of that name is there yet."""
        said: dict[str, Value] = {"通知事由": "SHUSSHOU", "氏名": "見本　花子", "住所": ONE.address.text}

        assert verdict("KS-NOTE", said) == ""
        assert verdict("KS-NOTE", said | {"住所": "東京都足立区見本一丁目"}) == NO_MATCH


class TestByCode:
    def test_a_number_is_taken_for_the_code_that_was_asked_for(self) -> None:
        """B11: 突合 with the 住民票コード of the request; another resident's fits as little as nobody's."""
        asked = ASKED[0]
        other = next(one.juuminhyou_code for one in nws.quiet(TOWN) if one.juuminhyou_code != asked["住民票コード"])

        assert verdict("BN-RES", number(asked)) == ""
        for code in (other, CODE):
            assert verdict("BN-RES", number(asked) | {"住民票コード": code}) == NO_MATCH

    @pytest.mark.parametrize("request_number", [SAMPLE_REQUEST, "BN-20260401-999999", "BN-20260331-000001"])
    def test_a_number_that_nobody_asked_for_is_rejected(self, request_number: str) -> None:
        """A 依頼番号 that was never used, though the 住民票コード is a resident's."""
        assert request_number not in {one["依頼番号"] for one in ASKED}

        assert verdict("BN-RES", number(ASKED[0]) | {"依頼番号": request_number}) == NO_MATCH

    def test_on_a_day_without_requests_no_number_is_taken(self) -> None:
        """Nothing was asked for on an ordinary day."""
        told = heard.read(effect("BN-RES", samples.tree("BN-RES", number(ASKED[0]))))

        assert Checks(replace(TOWN, full=False), TOKENS).verdict(told).code == NO_MATCH

    def test_a_number_for_a_code_of_nobody_is_rejected_as_planned(self) -> None:
        """Requests that named a wrong 住民票コード: what comes of them is the only BN-RES of the day that is rejected."""
        for one in REQUESTS:
            for follow in one.follows:
                assert verdict("BN-RES", number(items(one.build()))) == follow.rejection

        assert {follow.rejection for one in REQUESTS for follow in one.follows} == {"", NO_MATCH}

    def test_a_mismatch_is_about_somebody_of_ours(self) -> None:
        """S23: kind 1 (CSのみ) alone may be about somebody else."""
        for code, kind, expected in ((ONE.juuminhyou_code, "2", ""), (CODE, "2", NO_MATCH), (CODE, "1", "")):
            person = {"住民票コード": code, "不一致区分": kind}
            counts = {"照合した人数": "1", "一致した人数": "0", "不一致の人数": "1"}
            assert verdict("SG-RES", {**counts, "対象者": (person,)}) == expected

    def test_of_a_reconciliation_the_ledger_keeps_the_counts(self, tmp_path: Path) -> None:
        """S23: how many were compared, are unequal and are the CS's alone; also when everybody is equal. No code of anybody."""
        one, other = TOWN.population.residents[:2]
        kinds = ((CODE, "1"), (one.juuminhyou_code, "2"), (other.juuminhyou_code, "3"))
        persons = tuple(
            {"住民票コード": code, "不一致区分": kind} | ({"不一致項目名": ("住所",)} if kind == "3" else {})
            for code, kind in kinds
        )
        counts: dict[str, Value] = {"照合した人数": "9", "一致した人数": "7", "不一致の人数": "3", "対象者": persons}
        told = [samples.tree("SG-RES", counts), samples.tree("SG-RES", {}, 1)]
        Desk(Juki(TOWN, TOKENS), Ledger(tmp_path / "ledger.jsonl")).perform([effect("SG-RES", one) for one in told])
        lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text("utf-8").splitlines()]

        assert [{name: line[name] for name in line.keys() - {"MessageId", "sha256", "type"}} for line in lines] == [
            {"result": "confirmed", "persons": "9", "unequal": "2", "own": "1"},
            {"result": "confirmed", "persons": "1000", "unequal": "0", "own": "0"},
        ]


class TestFiling:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        return Desk(Juki(TOWN, TOKENS), Ledger(tmp_path / "ledger.jsonl"))

    def file(self, desk: Desk, version: str, number: str = "SN-1", **changes: Value) -> str:
        said = {"個人番号": ONE.kojin_bangou, "生年月日": ONE.birth, "版": version, "申請番号": number}
        return desk.perform([effect("SN-FILE", samples.tree("SN-FILE", said | changes))])[0].code

    def test_nobody_examines_an_old_version(self, desk: Desk) -> None:
        """S34: the same 版 again and an older one are refused; another 申請番号 counts for itself."""
        assert [self.file(desk, version) for version in "1321"] == ["", "", STALE_VERSION, STALE_VERSION]
        assert self.file(desk, "1", "SN-2") == ""

    def test_who_moves_out_is_a_resident(self, desk: Desk) -> None:
        """A number of nobody; a booking for an arrival needs no record."""
        assert self.file(desk, "1", 個人番号=samples.NUMBER) == NO_MATCH
        booking = effect("SN-FILE", samples.tree("SN-FILE", {"個人番号": samples.NUMBER}, 1))
        assert desk.perform([booking])[0].result == CONFIRMED


class TestFourItems:
    def answer(self, one: Resident, *asked: str) -> dict[str, str]:
        said: dict[str, Value] = {"宛名番号": one.atena, "照会項目": asked}
        return dict(Checks(TOWN, TOKENS).four_items(heard.read(effect("CK-4J", samples.tree("CK-4J", said, 1)))))

    def test_tells_what_was_asked_and_no_more(self) -> None:
        """S17."""
        assert self.answer(ONE, "住所") == {"回答区分": "1", "住所": ONE.address.text}
        assert set(self.answer(ONE, "氏名", "性別")) == {"回答区分", "氏名", "性別"}

    def test_tells_no_address_of_a_suppressed_person(self) -> None:
        """抑止: asked for it alone, there is no answer."""
        event = next(one for one in TOWN.events if one.kind is Kind.YOKUSHI and one.after.suppressed)
        answers = []
        for asked in (("住所",), ("住所", "性別")):
            said: dict[str, Value] = {"宛名番号": event.person, "照会項目": asked}
            question = effect("CK-4J", samples.tree("CK-4J", said, 1), event.at)
            answers.append(dict(Checks(TOWN, TOKENS).four_items(heard.read(question))))

        assert answers == [{"回答区分": "9"}, {"回答区分": "1", "性別": event.after.sex.value}]


class TestOriginal:
    def test_a_record_follows_its_day(self) -> None:
        """Before the first event the morning's record, then what each event left."""
        original = Original(TOWN)
        for event in TOWN.events:
            if event.planned or event.origin.value == "cs":
                continue
            now = original.at(event.person, event.at)
            assert now == event.after
            if event.before is not None:
                assert original.at(event.person, event.at - timedelta(milliseconds=1)) == event.before
