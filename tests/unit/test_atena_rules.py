"""The 共通機能: whom it knows, what it says to what is passed through it, and what its connector makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.atena.connector import APPROVAL, ASKER, NUMBER, OWN, PROCESS
from connectors.atena.language import Told, items_of
from connectors.atena.simulator import Atena, Numbering
from connectors.juki.full import nws
from connectors.juki.integrated import assigned, undone
from connectors.juki.town import Town
from connectors.kit.compose import Draft, compose
from connectors.kit.desk import Desk, Reply
from connectors.kit.domain import NO_GROUND, NO_MATCH, UNKNOWN_PERSON
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.loading import open_room
from connectors.kit.operators import Automaton
from connectors.kit.partner import CONFIRMED, Effect
from connectors.kit.payload import lists
from connectors.kit.room import Opened
from hub import envelope
from hub.edges import resources
from hub.messages import Delivery
from hub.provisions.load import load
from hub.xmlsig.precheck import parse
from tests import fakehub, samples

TOWN = Town(seed=3, residents=40, number_of_events=20, day=date(2026, 4, 1), full=True)
ORDINARY = Town(seed=3, residents=40, number_of_events=20, day=date(2026, 4, 1))
SOMEBODY, ANOTHER = (one.atena for one in TOWN.population.residents[:2])
STRANGER, _ = nws.strangers(TOWN)
TOKENS = Tokens(b"\x07" * 32)


def signed(kind: str, payload: etree._Element, sender: str = "chukan", conversation: str = "") -> tuple[Draft, bytes]:
    identity = fakehub.identity(sender)
    changes: Mapping[str, object] = {"conversation_id": conversation} if conversation else {}
    draft = fakehub.draft(identity, "atena", etree.tostring(payload, encoding="UTF-8"), "somebody", kind, **changes)
    return draft, compose(draft, identity).raw


def about(kind: str, person: str, **changes: str) -> etree._Element:
    """A message about somebody, by the number that its leg has."""
    if kind in {"AT-REG", "CK-DBM"}:
        return samples.tree(kind, {OWN: person, **changes})
    own = {OWN: None} if kind == "CK-4J" else {}
    return samples.tree(kind, {NUMBER: TOWN.integrated(person), **own, **changes})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Atena(TOWN.registered(), TOKENS, Numbering.of(TOWN)), Ledger(tmp_path / "ledger.jsonl"))


def perform(desk: Desk, kind: str, payload: etree._Element, sender: str = "chukan", conversation: str = "") -> Reply:
    draft, _ = signed(kind, payload, sender, conversation)
    content = Told(kind, sender, draft.conversation_id, items_of(payload)).encode()
    return desk.perform([Effect(draft.message_id, kind, "0" * 64, content)])[0]


class TestNumbers:
    @given(st.integers(min_value=0, max_value=10**15 - 1))
    def test_a_number_leads_back_to_its_person(self, number: int) -> None:
        """Both ways, and nothing else is taken."""
        assert undone(b"key", assigned(b"key", str(number))) == str(number)
        with pytest.raises(ValueError, match="宛名番号"):
            undone(b"key", "x")


class TestSimulator:
    @pytest.mark.parametrize("kind", ["CK-DBM", "CK-4J", "CK-SKI", "CK-EXP"])
    def test_rejects_what_is_about_nobody_it_knows(self, desk: Desk, kind: str) -> None:
        """By 宛名番号 and by 団体内統合宛名番号 alike."""
        assert perform(desk, kind, about(kind, STRANGER), "kaigo").code == UNKNOWN_PERSON
        assert perform(desk, kind, about(kind, SOMEBODY), "kaigo").result == CONFIRMED

    def test_asks_for_the_code_of_a_new_person_once(self, desk: Desk) -> None:
        """C2a: the first registration of the day of somebody who was not there in the morning."""
        assert PROCESS not in perform(desk, "AT-REG", about("AT-REG", SOMEBODY), "juki").reply
        first = perform(desk, "AT-REG", about("AT-REG", STRANGER), "juki").reply
        assert (first[NUMBER], len(first[PROCESS])) == (TOWN.integrated(STRANGER), 20)
        assert PROCESS not in perform(desk, "AT-REG", about("AT-REG", STRANGER), "juki").reply

    def test_asks_for_no_code_on_an_ordinary_day(self, tmp_path: Path) -> None:
        """What follows from a registration there is nothing."""
        desk = Desk(Atena(ORDINARY.registered(), TOKENS, Numbering.of(ORDINARY)), Ledger(tmp_path / "ordinary.jsonl"))

        assert perform(desk, "AT-REG", about("AT-REG", STRANGER), "juki").reply.keys() == {NUMBER}

    def test_knows_who_asked_in_a_conversation(self, tmp_path: Path) -> None:
        """C6, also after a restart; a result in no conversation of ours matches nothing."""
        path = tmp_path / "ledger.jsonl"
        ledger = Ledger(path)
        desk = Desk(Atena(TOWN.registered(), TOKENS, Numbering.of(TOWN)), ledger)
        conversation = "019d466d-8855-73ef-a523-d86e36d97c55"
        perform(desk, "CK-SKI", about("CK-SKI", SOMEBODY), "kaigo", conversation)
        ledger.close()
        desk = Desk(Atena(TOWN.registered(), TOKENS, Numbering.of(TOWN)), Ledger(path))

        assert perform(desk, "CK-SKR", about("CK-SKR", SOMEBODY), conversation=conversation).reply == {ASKER: "kaigo"}
        assert perform(desk, "CK-SKR", about("CK-SKR", SOMEBODY)).code == NO_MATCH

    def test_never_enquires_for_the_resident_register(self, desk: Desk) -> None:
        """L169, X3: 住民基本台帳事務 has no ground."""
        assert perform(desk, "CK-SKI", about("CK-SKI", SOMEBODY), "juki").code == NO_GROUND

    @pytest.mark.parametrize(("affair", "said"), [("児童手当の支給に関する事務", "1"), (nws.UNCONFIRMED, "9")])
    def test_approves_what_the_ward_has_confirmed(self, desk: Desk, affair: str, said: str) -> None:
        """C3: an affair of a doubtful row gets nothing."""
        assert perform(desk, "CK-TKY", samples.tree("CK-TKY", {"事務名": affair})).reply == {APPROVAL: said}


class TestFollowing:
    @pytest.mark.parametrize(
        ("kind", "reply", "recipient", "type_", "added"),
        [
            ("CK-DBM", {NUMBER: "7"}, "chukan", "CK-DBM", {NUMBER: ["7"]}),
            ("AT-REG", {NUMBER: "7", PROCESS: "2" * 20}, "juki", "CK-FGU", {PROCESS: ["2" * 20], NUMBER: ["7"]}),
            ("CK-TKY", {APPROVAL: "9"}, "chukan", "CK-TKR", {APPROVAL: ["9"], "提供内容ダイジェスト": ["5f" * 32]}),
            ("CK-4J", {OWN: "5"}, "juki", "CK-4J", {OWN: ["5"]}),
            ("CK-4R", {}, "chukan", "CK-4R", {}),
            ("CK-SKI", {}, "chukan", "CK-SKI", {}),
            ("CK-SKR", {ASKER: "seiho"}, "seiho", "CK-SKR", {}),
            ("CK-EXP", {OWN: "5"}, "juki", "CK-EXP", {OWN: ["5"]}),
        ],
    )
    def test_one_message_goes_on(
        self, kind: str, reply: dict[str, str], recipient: str, type_: str, added: dict[str, list[str]]
    ) -> None:
        """To the next of the chain, in the same conversation, under an id that follows from the cause."""
        one = opened(kind)
        (draft,) = room().follow(one, reply)
        assert isinstance(draft.payload, etree._Element)
        said = lists(draft.payload)

        assert (draft.type, draft.recipient) == (type_, recipient)
        assert draft.message_id == follow_up_id(one.header.message_id, recipient)
        assert draft.conversation_id == one.header.conversation_id
        assert {name: said[name] for name in added} == added
        assert "個人番号" not in said
        assert "住民票コード" not in said

    def test_nothing_follows_from_a_registration_without_a_number_to_ask_by(self) -> None:
        """An ordinary day, and a person who is known."""
        assert room().follow(opened("AT-REG"), {NUMBER: "7"}) == ()

    def test_a_number_of_one_side_does_not_reach_the_other(self) -> None:
        """C1 and C7: the one number gives way to the other."""
        (copy,) = room().follow(opened("CK-DBM"), {NUMBER: "7"})
        (export,) = room().follow(opened("CK-EXP"), {OWN: "5"})

        assert isinstance(copy.payload, etree._Element)
        assert isinstance(export.payload, etree._Element)
        assert OWN not in lists(copy.payload)
        assert NUMBER not in lists(export.payload)


def room() -> Forwarding:
    identity = fakehub.identity("atena")
    partner = fakehub.LocalPartner  # never asked
    setup = Setup(identity, partner, Automaton("atena"), load(resources.provision_files()), frozenset())  # type: ignore[arg-type]
    made = open_room("atena", setup)
    assert isinstance(made, Forwarding)
    return made


def opened(kind: str) -> Opened:
    draft, raw = signed(kind, about(kind, SOMEBODY) if kind != "CK-TKY" else samples.tree(kind))
    root = parse(raw)
    delivery = Delivery(1, draft.message_id, kind, 1, "chukan", "atena", b"", raw, "")
    return Opened(delivery, envelope.parse_header(root), envelope.payload_of(root), "0" * 64, fakehub.AT)
