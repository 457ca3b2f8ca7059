"""The rules of the 中間サーバー simulator: form check and 版 of copies, 照合リスト and 提供許可証, approval, records."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connectors.chukan import language
from connectors.chukan.allowed import HOUSEHOLD
from connectors.chukan.copies import Copies
from connectors.chukan.enquiries import Enquiries
from connectors.chukan.inquirers import is_of_its_body, signed_by_body
from connectors.chukan.peers import founding
from connectors.chukan.peers.nws import Network
from connectors.chukan.permits import is_permitted, permitted
from connectors.chukan.provision import ENQUIRY, RESULT, Enquiry, opened, public
from connectors.chukan.records import Records
from connectors.chukan.simulator import Chukan
from connectors.juki import subscriptions
from connectors.juki.full import nws
from connectors.juki.messages import CK_DBM, Planner
from connectors.juki.town import Town
from connectors.kit.desk import Desk
from connectors.kit.domain import (
    CONTENT_CHANGED,
    COPY_FORM,
    NO_FUGOU,
    NO_GROUND,
    NO_MATCH,
    NO_PERMIT,
    NOT_THE_BODYS,
    STALE_VERSION,
)
from connectors.kit.ledger import Ledger, Line, Tokens
from connectors.kit.partner import CONFIRMED, REJECTED, Effect, Result
from connectors.kit.payload import with_item
from connectors.kit.pending import Pending
from connectors.kit.shown import content_digest
from hub.edges import resources
from hub.provisions.load import load
from tests import samples

TOKENS = Tokens(b"\x07" * 32)
DAY = date(2026, 4, 1)
TOWN = Town(seed=3, residents=60, number_of_events=20, day=DAY, full=True)
AFFAIR = "児童扶養手当の支給に関する事務"
KEY = X25519PrivateKey.generate()
IDS = ("019d466d-8855-73ef-a523-d86e36d97c55", "019d467f-0992-7740-a68f-03b8c026ccd2")
ASKED = Enquiry("SH-1", "2" * 20, "FUGOU", "見本県", AFFAIR, HOUSEHOLD, ("世帯番号",), "KY-1", "経路1", public(KEY))
BODY = founding.body_key(TOWN.seed, "見本県")
NETWORK = founding.network_key(TOWN.seed)
SHOWN = content_digest("SH-1", "KY-1", {"世帯番号": "77"})
COPY: dict[str, object] = {
    "SpecificPersonalInformationCode": HOUSEHOLD,
    "SPIMajorVersion": "2",
    "DuplicateCopyData": {"HeadOfHousehold": "1", "Relationship": "02"},
}


class TestCopies:
    def test_takes_a_copy_that_agrees_with_itself(self) -> None:
        """And a newer one, and the same 版 again."""
        copies = Copies()
        assert copies.verdict(COPY, "somebody") == ""
        copies.take("somebody", 2)

        assert copies.verdict(COPY, "somebody") == ""
        assert copies.verdict(COPY | {"SPIMajorVersion": "3"}, "somebody") == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"SpecificPersonalInformationCode": "TM00000000000002"},
            {"DuplicateCopyData": {"HeadOfHousehold": "1", "Relationship": "20"}},
            {"DuplicateCopyData": {"HeadOfHousehold": "0", "Relationship": "02"}},
        ],
    )
    def test_refuses_another_form(self, wrong: dict[str, object]) -> None:
        """L1119: another 特定個人情報, a head who is none."""
        assert Copies().verdict(COPY | wrong, "somebody") == COPY_FORM

    def test_refuses_an_older_version(self) -> None:
        """Of the same person; another's does not matter."""
        copies = Copies()
        copies.take("somebody", 3)

        assert copies.verdict(COPY, "somebody") == STALE_VERSION
        assert copies.verdict(COPY, "another") == ""

    def test_takes_every_copy_of_an_ordinary_day(self) -> None:
        """The rules change nothing about a day without mistakes."""
        town = Town(seed=7, residents=300, number_of_events=400, day=DAY)
        law = load(resources.provision_files())
        planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
        copies, taken = Copies(), 0
        for event in town.events:
            for one in planner.messages(event):
                payload = one.payload() if one.type == CK_DBM.type else None
                if payload is not None:
                    onward = with_item(payload, "宛名番号", "団体内統合宛名番号", town.integrated(one.person))
                    record = language.read("CK-DBM", language.written("CK-DBM", onward))
                    assert copies.verdict(record, one.person) == ""
                    copies.take(one.person, int(record["SPIMajorVersion"]))
                    taken += 1

        assert taken > 50


class TestEnquiries:
    @pytest.fixture
    def enquiries(self, tmp_path: Path) -> Enquiries:
        self.copy = {"世帯番号": "77", "世帯主との続柄": "02"}
        copies = {TOKENS.of("fugou", "FUGOU"): lambda: self.copy}
        trust = founding.trust(tmp_path / "setup", TOWN.seed, begun=False)
        return Enquiries(IDS, copies, TOKENS, Records(tmp_path / "records.jsonl"), trust)

    def take(self, enquiries: Enquiries, id_: str, asked: Enquiry) -> str:
        """Body and network have signed it as it stands."""
        return self.take_signed(enquiries, id_, permitted(signed_by_body(asked, BODY), NETWORK))

    def take_signed(self, enquiries: Enquiries, id_: str, asked: Enquiry) -> str:
        done = enquiries.verdict(asked)
        enquiries.remember(Line(id_, "0" * 64, CONFIRMED if done.confirmed else REJECTED, done.code, done.facts))
        return done.code

    def approve(self, enquiries: Enquiries, **said: str) -> str:
        record = {"EnquiryNumber": "SH-1", "PermitNumber": "KY-1", "ContentDigest": SHOWN, "Approval": "1"}
        done = enquiries.approval(record | said)
        enquiries.remember(Line("approval", "0" * 64, CONFIRMED if done.confirmed else REJECTED, done.code, done.facts))
        return done.code

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"affair": "観光案内の送付に関する事務"}, NO_GROUND),
            ({"information": "TM00000000000002"}, NO_GROUND),
            ({"permit": ""}, NO_PERMIT),
            ({"route": ""}, NO_PERMIT),
            ({"person": "NOBODY"}, NO_FUGOU),
        ],
    )
    def test_refuses_what_may_not_be_asked(self, enquiries: Enquiries, changes: dict[str, Any], code: str) -> None:
        """S13: off the list, without 提供許可証 or 経路情報, about nobody with a 符号."""
        asked = replace(ASKED, **changes)

        assert self.take(enquiries, IDS[0], asked) == code
        assert not enquiries.taken(IDS[0])

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "SH-2"},
            {"process": "3" * 20},
            {"person": "ANOTHER"},
            {"body": "見本市"},
            {"affair": "生活保護の決定及び実施に関する事務"},
            {"items": ("世帯番号", "世帯主との続柄")},
            {"items": ()},
            {"permit": "ANYTHING"},
            {"route": "X"},
            {"key": public(X25519PrivateKey.generate())},
            {"body_signature": "00" * 64},
            {"permit_signature": ""},
            {"permit_signature": "no hex"},
            {"permit_signature": "00" * 64},
        ],
        ids="-".join,
    )
    def test_a_permit_is_for_one_enquiry_as_it_stands(self, enquiries: Enquiries, changes: dict[str, Any]) -> None:
        """S13: with any member changed behind the network's signature, or without that, it is no 提供許可証."""
        asked = replace(permitted(signed_by_body(ASKED, BODY), NETWORK), **changes)

        assert self.take_signed(enquiries, IDS[0], asked) == NO_PERMIT
        assert not enquiries.taken(IDS[0])

    def test_a_permit_for_other_information_is_none(self, enquiries: Enquiries) -> None:
        """S13: where the list would allow either, the signature decides."""
        asked = replace(permitted(replace(ASKED, information="TM00000000000002"), NETWORK), information=HOUSEHOLD)

        assert self.take_signed(enquiries, IDS[0], asked) == NO_PERMIT

    def test_a_permit_of_another_network_is_none(self, enquiries: Enquiries) -> None:
        """S13: signed, but not with the key that is registered."""
        assert (
            self.take_signed(enquiries, IDS[0], permitted(signed_by_body(ASKED, BODY), founding.network_key(4)))
            == NO_PERMIT
        )

    def test_every_member_of_an_enquiry_is_covered(self) -> None:
        """So that a member that is added later cannot be forgotten by the permit."""
        signed = permitted(ASKED, NETWORK)
        assert is_permitted(signed, NETWORK.public_key())
        for one in fields(Enquiry):
            changes: dict[str, Any] = {one.name: ("ほか",) if one.name == "items" else "ほか"}
            assert not is_permitted(replace(signed, **changes), NETWORK.public_key()), one.name

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": public(X25519PrivateKey.generate())},
            {"number": "SH-2"},
            {"process": "3" * 20},
            {"body": "見本市"},
            {"body": "ほかの国"},
            {"affair": "生活保護の決定及び実施に関する事務"},
            {"items": ("世帯番号", "世帯主との続柄")},
            {"body_signature": ""},
        ],
        ids=["key", "number", "process", "another-body", "unregistered-body", "affair", "items", "signature"],
    )
    def test_the_network_swaps_the_key(self, enquiries: Enquiries, changes: dict[str, Any]) -> None:
        """S2: a key, or anything else that the body did not sign, is refused though the network permits it; nothing is provided."""
        asked = permitted(replace(signed_by_body(ASKED, BODY), **changes), NETWORK)

        assert self.take_signed(enquiries, IDS[0], asked) == NOT_THE_BODYS
        assert not enquiries.taken(IDS[0])

    def test_the_network_signs_for_the_body(self, enquiries: Enquiries) -> None:
        """S2: with its own key, or with that of another body that is registered."""
        swapped = replace(ASKED, key=public(X25519PrivateKey.generate()))
        for key in (NETWORK, founding.body_key(TOWN.seed, "見本市")):
            asked = permitted(signed_by_body(swapped, key), NETWORK)

            assert self.take_signed(enquiries, IDS[0], asked) == NOT_THE_BODYS

    def test_what_a_body_signed_serves_once(self, enquiries: Enquiries) -> None:
        """The network cannot lay it before the 中間サーバー again under a new 提供許可証, about somebody else or the same."""
        self.take(enquiries, IDS[0], ASKED)

        assert self.take(enquiries, IDS[1], replace(ASKED, permit="KY-2")) == NOT_THE_BODYS

    def test_a_body_signs_all_but_what_the_network_adds(self) -> None:
        """So that a member that is added later cannot be forgotten by the body's signature."""
        signed, bodies = signed_by_body(ASKED, BODY), {ASKED.body: BODY.public_key()}
        free = set()
        for one in fields(Enquiry):
            changes: dict[str, Any] = {one.name: ("ほか",) if one.name == "items" else "ほか"}
            if is_of_its_body(replace(signed, **changes), bodies):
                free.add(one.name)

        assert free == {"person", "permit", "route", "permit_signature"}

    def test_a_permit_serves_once(self, enquiries: Enquiries) -> None:
        """The second 提供の求め with it is refused."""
        assert self.take(enquiries, IDS[0], ASKED) == ""
        assert self.take(enquiries, IDS[1], replace(ASKED, number="SH-2")) == NO_PERMIT

    def test_tells_what_was_asked_for_to_the_asker_alone(self, enquiries: Enquiries) -> None:
        """After the approval, sealed; nothing of the copy beside it."""
        self.take(enquiries, IDS[0], ASKED)
        assert enquiries.decided == []
        assert self.approve(enquiries) == ""

        said = enquiries.provision(enquiries.decided[0])

        assert opened(said["sealed"], KEY, IDS[0]) == {"世帯番号": "77"}

    def test_an_approval_of_other_values_tells_nothing(self, enquiries: Enquiries) -> None:
        """S14: the digest is of what persons looked at; the copy has changed since, so the asker hears that there is nothing."""
        self.take(enquiries, IDS[0], ASKED)
        self.copy = {"世帯番号": "78"}

        assert self.approve(enquiries) == CONTENT_CHANGED
        assert enquiries.decided == [IDS[0]]
        assert enquiries.provision(IDS[0]) == {"request": IDS[0], "sealed": ""}

    def test_a_copy_that_changes_after_the_approval_is_not_told(self, enquiries: Enquiries, tmp_path: Path) -> None:
        """S14: sealed is what was approved, or nothing; and 情報提供等記録 says that nothing was provided."""
        self.take(enquiries, IDS[0], ASKED)
        assert self.approve(enquiries) == ""
        self.copy = {"世帯番号": "78"}
        said = enquiries.provision(IDS[0])
        enquiries.remember(Line("received", "0" * 64, CONFIRMED, facts={"received": IDS[0]}))

        assert said == {"request": IDS[0], "sealed": ""}
        lines = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        assert [line["provided"] for line in lines if line["record"] == "provided"] == ["0"]

    def test_the_digest_is_of_this_enquiry(self, enquiries: Enquiries) -> None:
        """The digest of the same values under another 照会番号 is no approval of these."""
        self.take(enquiries, IDS[0], ASKED)

        assert (
            self.approve(enquiries, ContentDigest=content_digest("SH-2", "KY-1", {"世帯番号": "77"})) == CONTENT_CHANGED
        )

    def test_tells_nothing_without_approval(self, enquiries: Enquiries) -> None:
        """不開示: the asker hears that there is nothing."""
        self.take(enquiries, IDS[0], ASKED)
        self.approve(enquiries, Approval="9")

        assert enquiries.provision(IDS[0]) == {"request": IDS[0], "sealed": ""}

    def test_an_approval_of_something_else_is_none(self, enquiries: Enquiries) -> None:
        """Another 照会番号, or another 提供許可証 than the one that was asked about."""
        self.take(enquiries, IDS[0], ASKED)

        assert self.approve(enquiries, EnquiryNumber="SH-2") == NO_MATCH
        assert self.approve(enquiries, PermitNumber="KY-2") == NO_MATCH
        assert enquiries.decided == []

    def test_records_each_enquiry_and_its_end_once(self, enquiries: Enquiries, tmp_path: Path) -> None:
        """C5: taken and refused ones; played again after a crash, nothing is written twice."""
        path = tmp_path / "records.jsonl"
        self.take(enquiries, IDS[0], ASKED)
        self.take(enquiries, IDS[1], replace(ASKED, affair="ほか"))
        self.approve(enquiries)
        before = enquiries.settled
        for _ in range(2):
            for id_ in IDS:
                enquiries.remember(Line(f"received {id_}", "0" * 64, CONFIRMED, facts={"received": id_}))
        assert (before, enquiries.settled) == (False, True)

        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert [(line["record"], line.get("refused"), line.get("provided")) for line in lines] == [
            ("asked", None, None),
            ("asked", NO_GROUND, None),
            ("provided", None, "1"),
        ]
        assert {line["flow"] for line in lines} == {"C5"}


class NetworkInHand:
    """The real network without its process."""

    def __init__(self, home: Path) -> None:
        self.play = Network(TOWN, deque(), Pending(home / "nws-pending", b"\x01" * 32))
        self.asked = 0
        self.down = False

    def ask(self, effect: Effect) -> Result:
        if self.down:
            raise ConnectionError
        self.asked += 1
        self.play.perform(effect)
        return Result(confirmed=True, reply=self.play.reply(effect))


class TestOwnEnquiry:
    @pytest.fixture
    def network(self, tmp_path: Path) -> NetworkInHand:
        return NetworkInHand(tmp_path)

    @pytest.fixture
    def desk(self, tmp_path: Path, network: NetworkInHand) -> Desk:
        trust = founding.trust(tmp_path / "setup", TOWN.seed, begun=False)
        play = Chukan(TOWN, TOKENS, network, tmp_path / "records.jsonl", trust)
        return Desk(play, Ledger(tmp_path / "ledger.jsonl"))

    def asks(self, person: str) -> Effect:
        payload = samples.tree("CK-SKI", {"団体内統合宛名番号": TOWN.integrated(person)})
        return Effect(IDS[0], "CK-SKI", "0" * 64, language.written("CK-SKI", payload))

    def test_is_answered_by_the_network(self, desk: Desk, network: NetworkInHand) -> None:
        """Under the same MessageId the same answer."""
        effect = self.asks(nws.quiet(TOWN)[0].atena)
        first, again = desk.perform([effect])[0], desk.perform([effect])[0]

        assert first.result == CONFIRMED
        assert first.reply == again.reply
        assert first.reply["照会結果区分"] in {"1", "2", "9"}
        assert network.asked

    def test_waits_for_a_network_that_is_down(self, desk: Desk, network: NetworkInHand) -> None:
        """Nothing is done, and it is done when the network is back."""
        network.down = True
        effect = self.asks(nws.quiet(TOWN)[0].atena)
        with pytest.raises(ConnectionError):
            desk.perform([effect])
        network.down = False

        assert desk.perform([effect])[0].result == CONFIRMED

    def test_needs_a_code(self, desk: Desk, network: NetworkInHand) -> None:
        """「符号が未取得です」: the network is not asked."""
        (person, *_) = nws.without_fugou(TOWN)

        assert desk.perform([self.asks(person)])[0].code == NO_FUGOU
        assert network.asked == 0


class TestNetwork:
    def test_takes_only_what_it_knows(self, tmp_path: Path) -> None:
        """An effect of no flow of its."""
        network = NetworkInHand(tmp_path).play
        with pytest.raises(ValueError, match="effect"):
            network.perform(Effect(IDS[0], "HK-UPD", "0" * 64, b""))
        assert network.perform(Effect(IDS[0], ENQUIRY, "0" * 64, b"")).facts == {"flow": "C3"}
        assert network.perform(Effect(IDS[0], RESULT, "0" * 64, b"")).facts == {"flow": "C6"}
