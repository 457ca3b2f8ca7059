"""`xmlsec1` verifies one message of every type of the catalogue, as the hub accepted it and before anything is erased.

送付先情報 (SF-SEND) is why: its body is gone as soon as the CS confirms it (S19), so the played day has none left to show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.ids import new_id
from connectors.kit.operators import Automaton
from hub import envelope
from hub.app import confirming, endpoints, law
from hub.app.endpoints import Letter
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.register import add_person, personal_key
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.exchangelog.entry import Permit
from hub.messages import ANSWER_TYPE, OBSERVATION_TYPE, Level, Observation, Operator
from hub.observe import silent
from hub.statements import Role
from tests import opensecrets, samples, xmlsec
from tests.schemafiles import schemas
from tests.xmlsec import xmlsec1

__all__ = ["xmlsec1"]  # a fixture

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
AT = "2026-04-01 03:00:00"
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
# type: zone, sender, recipient, table, item
WAYS = {
    "HK-UPD": ("juki-net", "juki", "cs", "statutes", "juki-30-6"),
    "SF-SEND": ("juki-net", "juki", "cs", "statutes", "bangou-7-1"),
    "TN-NOTE": ("juki-net", "juki", "cs", "statutes", "juki-9-1"),
    "TS-REQ": ("juki-net", "juki", "cs", "statutes", "juki-24-2-irai"),
    "SG-CHK": ("juki-net", "juki", "cs", "statutes", "juki-14-kakunin"),
    "BN-REQ": ("juki-net", "juki", "cs", "statutes", "bangou-8-youkyuu"),
    "CK-FGC": ("juki-net", "juki", "cs", "statutes", "bangou-21-2-code"),
    "TS-CERT": ("juki-net", "cs", "juki", "statutes", "juki-24-2"),
    "SG-RES": ("juki-net", "cs", "juki", "statutes", "juki-14-kekka"),
    "BN-RES": ("juki-net", "cs", "juki", "statutes", "bangou-8-tsuuchi"),
    "TN-IN": ("juki-net", "cs", "juki", "statutes", "juki-9-1-tsuuchi"),
    "JK-CHG": ("kikan", "juki", "課税課", "beppyo", "24"),
    "KK-CHG": ("kikan", "juki", "gakumu", "statutes", "kk-gakumu"),
    "MJ-OUT": ("kikan", "juki", "moj", "statutes", "nyukan-61-8-2"),
    "MJ-IN": ("kikan", "moj", "juki", "statutes", "juki-30-50"),
    "AT-REG": ("kikan", "juki", "atena", "statutes", "bangou-9-1"),
    "CK-DBM": ("kikan", "juki", "atena", "statutes", "bangou-19-8-fukuhon"),
    "CV-UPD": ("kikan", "juki", "conbini", "statutes", "conbini-1"),
    "CK-FGU": ("kikan", "atena", "juki", "statutes", "bangou-21-2-youkyuu"),
    "CK-TKY": ("kikan", "chukan", "atena", "statutes", "bangou-19-8-shounin"),
    "CK-TKR": ("kikan", "atena", "chukan", "statutes", "bangou-19-8-shounin-kaitou"),
    "CK-4J": ("kikan", "chukan", "atena", "statutes", "bangou-19-8-shoukai-4"),
    "CK-4R": ("kikan", "juki", "atena", "statutes", "bangou-19-8-kaitou-4"),
    "CK-SKI": ("kikan", "zei", "atena", "statutes", "bangou-19-8-shoukai"),
    "CK-SKR": ("kikan", "chukan", "atena", "statutes", "bangou-19-8-kekka"),
    "CK-EXP": ("kikan", "chukan", "atena", "statutes", "bangou-19-8-shougou"),
    "CV-CERT": ("kikan", "inkan", "conbini", "statutes", "conbini-inkan"),
    "KS-NOTE": ("kikan", "koseki", "juki", "statutes", "juki-9-2"),
    "SK-INFO": ("kikan", "kokuho", "juki", "statutes", "juki-7-kokuho"),
    "SN-LINK": ("kikan", "juki", "shinsei", "statutes", "bangou-16-himoduke"),
    "SN-FILE": ("kikan", "shinsei", "juki", "statutes", "juki-24-shinsei"),
}
ROUTELESS = "JK-REC"  # a form without a flow: no hub accepts it; it is signed and verified all the same
CHANGES: Mapping[str, Mapping[str, samples.Value]] = {"KK-CHG": {"個人番号": None}}
DOUBTS = ("row:statutes/kk-gakumu", "items:statutes/kk-gakumu/gakumu")


@dataclass(frozen=True, slots=True)
class Accepted:
    """By type the bytes that a zone's hub accepted, taken from its journal while it still had them all."""

    home: OpenHome
    bodies: Mapping[str, bytes]

    @property
    def authority(self) -> Path:
        return self.home.paths.authority


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Accepted]]:
    """A home of each zone that has accepted one message of every type that may go there, and of all these answered one, in kikan."""
    place = tmp_path_factory.mktemp("zones")
    with _opened(place, "juki-net") as net, _opened(place, "kikan") as kikan:
        yield {"juki-net": _accepted(net), "kikan": _accepted(kikan)}


class TestCatalogue:
    def test_every_type_is_among_them(self, zones: Mapping[str, Accepted]) -> None:
        """What two hubs accepted is the catalogue without the one form that has no route."""
        found = [type_ for zone in zones.values() for type_ in zone.bodies]

        assert sorted(found) == sorted({type_ for type_, _ in schemas().types} - {ROUTELESS})
        assert "SF-SEND" in zones["juki-net"].bodies

    @pytest.mark.parametrize("zone", ["juki-net", "kikan"])
    def test_accepts_what_the_hub_accepted(
        self, zone: str, zones: Mapping[str, Accepted], xmlsec1: str, tmp_path: Path
    ) -> None:
        """Each by itself, against the zone's own CA."""
        refused = {
            type_: said
            for type_, body in zones[zone].bodies.items()
            for good, said in [_verified(xmlsec1, zones[zone].authority, body, tmp_path / f"{type_}.xml")]
            if not good
        }

        assert refused == {}

    def test_refuses_each_with_a_letter_changed(
        self, zones: Mapping[str, Accepted], xmlsec1: str, tmp_path: Path
    ) -> None:
        """So the acceptance above means something, for 送付先情報 too."""
        net = zones["juki-net"]
        changed = {type_: body.replace(b"<MessageId>0", b"<MessageId>1", 1) for type_, body in net.bodies.items()}

        assert all(changed[type_] != body for type_, body in net.bodies.items())
        assert not [
            type_
            for type_, body in changed.items()
            if _verified(xmlsec1, net.authority, body, tmp_path / f"{type_}.xml")[0]
        ]

    def test_accepts_the_form_that_no_hub_accepts(
        self, zones: Mapping[str, Accepted], xmlsec1: str, tmp_path: Path
    ) -> None:
        """住民基本台帳 as a whole has no flow, but a signature like the others."""
        kikan = zones["kikan"]
        letter = Letter("juki", "atena", ROUTELESS, 1, "statutes", "bangou-9-1", endpoints.fresh_subject(), OPERATOR)
        signed = endpoints.sign(kikan.home.paths, letter, samples.sample(ROUTELESS), law.load_provisions(), NOW)[1]

        assert _verified(xmlsec1, kikan.authority, signed.raw, tmp_path / "rec.xml")[0]

    def test_the_letter_is_gone_once_confirmed(self, zones: Mapping[str, Accepted]) -> None:
        """What was verified above is the last chance: with the answer of the CS the body of 送付先情報 is erased."""
        home, body = zones["juki-net"].home, zones["juki-net"].bodies["SF-SEND"]
        (letter,) = [one for one in endpoints.inbox(home, "cs") if one.type == "SF-SEND"]
        permit = home.entry(letter.index)
        endpoints.answer_delivery(home, "cs", letter, Level.PARTNER_CONFIRMED, "", OPERATOR)

        assert letter.raw == body
        assert isinstance(permit, Permit)
        assert permit.digest == hashlib.sha256(body).hexdigest()
        assert letter.index not in opensecrets.opened(home.paths.root)


def _opened(place: Path, zone: str) -> AbstractContextManager[OpenHome]:
    config = Config(
        format=1, tenant="131211", environment="test", zone=zone, origin=f"juki-hub/131211/{zone}", development=True
    )
    paths = found(Founding(place / zone, config, resources.routing_file(), NOW - timedelta(hours=1)))
    if zone == "kikan":  # 教育委員会 waits for two persons, who are in no doubt here
        for name in ("甲", "乙"):
            add_person(paths, name, Role.APPROVER)
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            for doubt in DOUBTS:
                for name in ("甲", "乙"):
                    confirming.confirm(home, doubt, personal_key(paths, name), "試験")
    return open_home(paths.root, SimulatedClock(NOW), silent)


def _accepted(home: OpenHome) -> Accepted:
    types: dict[int, str] = {}
    for type_, (zone, sender, recipient, table, item) in WAYS.items():
        if zone != home.config.zone:
            continue
        expires = NOW + timedelta(days=20) if type_ == "TS-CERT" else None
        letter = Letter(sender, recipient, type_, 1, table, item, endpoints.fresh_subject(), OPERATOR, expires)
        payload = etree.tostring(samples.tree(type_, CHANGES.get(type_)), encoding="UTF-8")
        signed = endpoints.sign(home.paths, letter, payload, law.load_provisions(), NOW)[1]
        (recorded,) = home.intake.take([signed]).recorded
        assert recorded.permit, (type_, recorded.code)
        types[recorded.index] = type_
    if home.config.zone == "kikan":
        types |= {_answered(home): ANSWER_TYPE, _observed(home): OBSERVATION_TYPE}
    bodies = opensecrets.opened(home.paths.root)
    return Accepted(home, {type_: bodies[index] for index, type_ in types.items()})


def _answered(home: OpenHome) -> int:
    first = endpoints.inbox(home, "moj")[0]
    return endpoints.answer_delivery(home, "moj", first, Level.PARTNER_CONFIRMED, "", OPERATOR).index


def _observed(home: OpenHome) -> int:
    """An exchange between the 中間サーバー and the 情報提供ネットワークシステム, told by the connector that heard of it."""
    own = home.paths.endpoint("chukan")
    pair = pki.read_identity(own.key, own.certificate)
    trust = LogTrust(home.config.origin, home.paths.root_verifier.read_text().strip(), home.paths.key_list.read_text())
    keys = own.subject_key.read_bytes(), own.store_key.read_bytes()
    chukan = Identity("chukan", "kikan", "131211", "test", pair.certificate, pair.key, *keys, trust)
    draft = Draft(
        flow="C3",
        type=OBSERVATION_TYPE,
        version=1,
        recipient="hub",
        basis=None,
        subjects=(),
        payload=envelope.build_observation(Observation("C3", "nws", NOW, "0" * 64, "")),
        created_at=NOW,
        conversation_id=new_id(NOW, b"conversation-of-it"),
        message_id=new_id(NOW, b"observation-of-it-"),
        operator=Automaton("chukan").acting("KANSATSU", "相手間の流れの観測"),
    )
    (recorded,) = home.intake.take([compose(draft, chukan)]).recorded
    assert recorded.permit, recorded.code
    return recorded.index


def _verified(tool: str, authority: Path, body: bytes, file: Path) -> tuple[bool, str]:
    file.write_bytes(body)
    return xmlsec.verify(tool, authority, [file], AT)
