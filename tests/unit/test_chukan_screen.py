"""connectors.chukan.screen: persons see the values that would be provided, and the digest that the hub holds is of these (S14)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.chukan import screen, simulator
from connectors.chukan.peers import founding
from connectors.chukan.peers.shoukai import enquiring
from connectors.chukan.permits import permitted
from connectors.chukan.provision import ENQUIRY, Enquiry
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Desk
from connectors.kit.domain import NO_GROUND
from connectors.kit.ledger import Ledger, Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect, Result
from connectors.kit.payload import lists
from hub.codes import kit
from hub.masking import MASK

SEED, RESIDENTS, EVENTS = 3, 60, 20
TOWN = Town(SEED, RESIDENTS, EVENTS, date(2026, 4, 1), full=True)
KEY = bytes(32)
#: What the 中間サーバー asks the ward to approve, as the hub holds it, by 照会番号.
HELD = {items["照会番号"][0]: items for items in (lists(one.build()) for one in nws.told(TOWN) if one.type == "CK-TKY")}


class Unreached:
    """A network that nobody asks."""

    def ask(self, effect: Effect) -> Result:
        raise ConnectionError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A 中間サーバー at work, to which all 提供の求め of the day have come; its ledger stays open."""
    (tmp_path / "chukan.key").write_bytes(KEY)
    trust = founding.trust(tmp_path / "setup", SEED, begun=False)
    play = simulator.Chukan(TOWN, Tokens(KEY), Unreached(), tmp_path / "chukan-kiroku.jsonl", trust)
    desk = Desk(play, Ledger(tmp_path / "chukan.jsonl"))
    for one in nws.enquiries(TOWN):
        told = enquiring(one, SEED)
        person = nws.fugou_of(TOWN.integrated(one.person))
        asked = replace(Enquiry.decode(told.content), person=person, permit=one.permit, route=one.route)
        content = permitted(asked, founding.network_key(SEED)).encode()
        desk.perform([Effect(told.message, ENQUIRY, told.sha256, content)])
    return tmp_path


def looked(home: Path, number: str, seed: int = SEED) -> int:
    return screen.main(
        [
            *("--ledger-dir", str(home), "--socket", str(home / "chukan.sock"), "--full", "--seed", str(seed)),
            *("--residents", str(RESIDENTS), "--events", str(EVENTS), number),
        ]
    )


def read(text: str) -> dict[str, str]:
    """Name -> text of what was printed."""
    return dict(line.strip().split(": ") for line in text.splitlines() if ": " in line)


class TestScreen:
    def test_shows_the_values_of_the_digest_that_the_hub_holds(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """For every approval of the day: the same request, and a digest of just these values, computed here anew."""
        assert len(HELD) >= 20
        for number, held in HELD.items():
            assert looked(home, number) == 0
            said = read(capsys.readouterr().out)
            values = {name: said[name] for name in held["提供項目"]}
            value = {"照会番号": number, "提供許可証番号": held["提供許可証番号"][0], "提供内容": values}
            digest = hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

            assert [said["提供内容ダイジェスト"]] == held["提供内容ダイジェスト"] == [digest]
            for name in ("提供許可証番号", "照会機関", "事務名", "特定個人情報名コード"):
                assert [said[name]] == held[name]

    def test_shows_nothing_but_what_was_asked_for(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """No item beside these, no name, no number of the person."""
        one = next(one for one in nws.enquiries(TOWN) if one.number in HELD and len(one.items) == 1)
        looked(home, one.number)
        said = capsys.readouterr().out
        person = TOWN.population.by_atena[one.person]

        assert [name for name in nws.ITEMS if f"{name}: " in said] == list(one.items)
        assert not [text for text in (person.name, person.kojin_bangou, TOWN.integrated(one.person)) if text in said]

    def test_masks_a_number_and_says_the_digest_of_the_value(self) -> None:
        """A text in which a number stands is not shown either; the digest is of what would be provided all the same."""
        tokens, number = Tokens(KEY), "123456789018"
        facts = {"number": tokens.of("enquiry", "SH-1"), "permit": tokens.of("permit", "KY-1"), "person": "p"}
        facts |= {"body": "見本県", "affair": "事務", "information": "TM1", "items": "個人番号、世帯番号"}
        line = Line("m", "0" * 64, CONFIRMED, facts=facts)
        values = {"個人番号": number, "世帯番号": "77", "住所": "見本"}
        found = screen.find([line], tokens, ("SH-1", "KY-1"), {"p": lambda: values})
        said = "\n".join(found.text())

        assert number not in said
        assert (read(said)["個人番号"], read(said)["世帯番号"], "住所" in said) == (MASK, "77", False)
        assert found.values == {"個人番号": number, "世帯番号": "77"}

    def test_shows_nothing_of_what_was_refused_or_never_came(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Off the list, or unknown: a code, and no values."""
        refused = next(one.number for one in nws.enquiries(TOWN) if one.refusal == NO_GROUND)
        for number in (refused, "SH-C3-00000000-0000"):
            code = looked(home, number)
            said = capsys.readouterr()

            assert (code, said.out) == (2, "")
            assert kit.NOT_ON_SCREEN.id in said.err

    def test_another_day_shows_nothing(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Asked with the options of another day, it does not show other values under the same 照会番号."""
        number = next(iter(HELD))
        code = looked(home, number, SEED + 1)

        assert code == 2
        assert kit.NOT_ON_SCREEN.id in capsys.readouterr().err

    def test_changes_nothing(self, home: Path, tmp_path: Path) -> None:
        """Neither ledger nor records, and it makes no key where there is none."""
        before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
        looked(home, next(iter(HELD)))
        after = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
        elsewhere = tmp_path / "elsewhere"

        assert before == after
        assert looked(elsewhere, "SH") == 2
        assert not elsewhere.exists()
